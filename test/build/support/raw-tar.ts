export interface RawEntry {
  readonly name: string
  readonly body?: Buffer | string
  /** `0` a file, `1` a hard link, `2` a symbolic link, `5` a folder, `6` a pipe, `x` a header of pax. */
  readonly type?: '0' | '1' | '2' | '3' | '5' | '6' | 'x'
  /** Where a link leads. */
  readonly target?: string
  /** What the header claims, when that is not the body's length. */
  readonly size?: number
}

/** An archive of whatever entries, also such as no tool would write. */
export function rawTar(entries: readonly RawEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const body = Buffer.from(entry.body ?? '')
    return [header(entry, body.length), body, Buffer.alloc(-body.length & 511)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

export function folder(name: string): RawEntry {
  return { name, type: '5' }
}

export function link(name: string, target: string): RawEntry {
  return { name, type: '2', target }
}

function header({ name, type = '0', target = '', size }: RawEntry, length: number): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0)
  block.write('0000755\0', 100)
  block.write(`${(size ?? length).toString(8).padStart(11, '0')} `, 124)
  block.fill(' ', 148, 156)
  block.write(type, 156)
  block.write(target, 157)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
