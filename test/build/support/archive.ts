import { gzipSync } from 'node:zlib'

/** A .tgz of some files, as npm makes them: ustar headers, octal sizes, blocks of 512 bytes. */
export function archiveOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, body]) => [
    headerOf(name, body.length),
    body,
    Buffer.alloc((512 - (body.length % 512)) % 512),
  ])
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

function headerOf(name: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0)
  block.write('000755 \0', 100)
  block.write(`${size.toString(8).padStart(11, '0')} `, 124)
  block.fill(' ', 148, 156)
  block.write('0', 156)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
