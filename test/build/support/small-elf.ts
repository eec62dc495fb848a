export interface SmallElf {
  readonly interpreter?: string
  readonly soname?: string
  readonly needed?: readonly string[]
  readonly wanted?: Readonly<Record<string, readonly string[]>>
  readonly offered?: readonly string[]
  /** Notes by their owners, in one segment. */
  readonly notes?: Readonly<Record<string, Buffer>>
  /** What lies behind everything else, as the code of a Node would. */
  readonly data?: Buffer
  readonly machine?: number
  readonly wide?: boolean
  readonly little?: boolean
  readonly abi?: number
  readonly type?: number
}

const base = 0x400000

/** A library as a linker would write it, without a section table, whose addresses are not its offsets. */
export function elfOf(about: SmallElf): Buffer {
  const { wide = true, little = true, machine = 62, abi = 0, type = 3 } = about
  const write = writer(wide, little)
  const names = nameTable()
  const dynamic: [tag: number, value: number][] = []
  const parts: { type?: number; bytes: Buffer; offset: number }[] = []
  const first = (wide ? 64 : 52) + 4 * (wide ? 56 : 32)
  const end = () => parts.reduce((at, part) => Math.max(at, part.offset + part.bytes.length), first)
  const add = (bytes: Buffer, type?: number) => {
    const offset = Math.ceil(end() / 8) * 8
    parts.push({ bytes, offset, ...(type === undefined ? {} : { type }) })
    return base + offset
  }
  for (const name of about.needed ?? []) dynamic.push([1, names.add(name)])
  if (about.soname !== undefined) dynamic.push([14, names.add(about.soname)])
  if (about.interpreter !== undefined) add(Buffer.from(`${about.interpreter}\0`), 3)
  const wanted = Object.entries(about.wanted ?? {})
  if (wanted.length > 0) dynamic.push([0x6ffffffe, add(wantedTable(wanted))], [0x6fffffff, wanted.length])
  const offered = about.offered ?? []
  if (offered.length > 0) dynamic.push([0x6ffffffc, add(offeredTable(offered))], [0x6ffffffd, offered.length])
  if (about.notes !== undefined) add(Buffer.concat(Object.entries(about.notes).map(noteOf)), 4)
  if (about.data !== undefined) add(about.data)
  if (dynamic.length > 0) {
    const strings = names.bytes()
    dynamic.push([5, add(strings)], [10, strings.length], [0, 0])
    add(Buffer.concat(dynamic.flatMap((entry) => entry.map(write.word))), 2)
  }
  const segments = parts.filter((part) => part.type !== undefined)
  const table = [{ type: 1, offset: 0, bytes: Buffer.alloc(end()) }, ...segments].map(segmentOf)
  const file = Buffer.alloc(end())
  Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, abi, 0, 0, 0, 0, 0, 0, 0, 0]),
    ...[write.u16(type), write.u16(machine), write.u32(1)],
    ...[write.word(0), write.word(wide ? 64 : 52), write.word(0), write.u32(0)],
    ...[wide ? 64 : 52, wide ? 56 : 32, table.length, 0, 0, 0].map(write.u16),
    ...table,
  ]).copy(file)
  for (const { bytes, offset } of parts) bytes.copy(file, offset)
  return file

  function segmentOf({ type = 0, offset, bytes }: { type?: number; offset: number; bytes: Buffer }): Buffer {
    const place = [offset, base + offset, base + offset, bytes.length, bytes.length].map(write.word)
    const [head, tail] = [write.u32(type), write.u32(5)]
    return Buffer.concat(wide ? [head, tail, ...place, write.word(4)] : [head, ...place, tail, write.word(4)])
  }

  function wantedTable(libraries: [string, readonly string[]][]): Buffer {
    return Buffer.concat(
      libraries.flatMap(([library, versions], index) => [
        ...[write.u16(1), write.u16(versions.length), write.u32(names.add(library)), write.u32(16)],
        write.u32(index === libraries.length - 1 ? 0 : 16 + 16 * versions.length),
        ...versions.flatMap((version, at) => [
          ...[write.u32(0), write.u16(0), write.u16(2), write.u32(names.add(version))],
          write.u32(at === versions.length - 1 ? 0 : 16),
        ]),
      ]),
    )
  }

  /** The first entry is that of the library itself; each has the one before it as its second name. */
  function offeredTable(versions: readonly string[]): Buffer {
    return Buffer.concat(
      versions.flatMap((version, index) => [
        ...[write.u16(1), write.u16(index === 0 ? 1 : 0), write.u16(index + 1), write.u16(2)],
        ...[write.u32(0), write.u32(20), write.u32(index === versions.length - 1 ? 0 : 36)],
        ...[write.u32(names.add(version)), write.u32(8)],
        ...[write.u32(names.add(versions[index - 1] ?? version)), write.u32(0)],
      ]),
    )
  }

  function noteOf([owner, content]: [string, Buffer]): Buffer {
    const name = Buffer.from(`${owner}\0`)
    const header = [write.u32(name.length), write.u32(content.length), write.u32(0)]
    return Buffer.concat([...header, padded(name), padded(content)])
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}

function writer(wide: boolean, little: boolean) {
  const number = (size: number) => (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(value))
    const low = bytes.subarray(0, size)
    return little ? low : low.reverse()
  }
  return { u16: number(2), u32: number(4), word: number(wide ? 8 : 4) }
}

function nameTable() {
  let text = '\0'
  return {
    add: (name: string) => {
      const at = text.length
      text += `${name}\0`
      return at
    },
    bytes: () => Buffer.from(text),
  }
}
