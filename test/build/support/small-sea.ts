import { encodeManifest, type Manifest } from '../../../build/manifest.ts'
import { elfOf } from './small-elf.ts'
import { build, library, machOOf } from './small-mach-o.ts'
import { peOf } from './small-pe.ts'

export type Format = 'elf' | 'pe' | 'mach-o'

export interface SmallSea {
  /** The version that the Node in it says of itself. */
  readonly node?: string
  readonly fuse?: '0' | '1'
  /** What lies in its blob beside the manifest. */
  readonly code?: string | Buffer
  readonly manifest?: unknown
  /** Without it, neither code nor manifest are there. */
  readonly blob?: boolean
}

/** A small file in which lies what a built binary has: Node's name of itself, the fuse, and a blob with a manifest. */
export function seaOf(format: Format, about: SmallSea): Buffer {
  const { node, fuse, code = 'the code', manifest, blob = true } = about
  const data = Buffer.from(
    [
      node === undefined ? '' : `node.js/v${node}`,
      fuse === undefined ? '' : `NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:${fuse}`,
    ].join('\0'),
  )
  const content = Buffer.concat([
    Buffer.from(code),
    manifest === undefined ? Buffer.alloc(0) : encodeManifest(manifest as Manifest),
  ])
  if (format === 'elf')
    return elfOf({
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      needed: ['libstdc++.so.6', 'libc.so.6'],
      wanted: {
        'libstdc++.so.6': ['GLIBCXX_3.4.9', 'GLIBCXX_3.4.21'],
        'libc.so.6': ['GLIBC_2.9', 'GLIBC_2.28'],
      },
      data,
      ...(blob ? { notes: { NODE_SEA_BLOB: content } } : {}),
    })
  if (format === 'pe')
    return peOf({
      imports: ['KERNEL32.dll'],
      data,
      ...(blob ? { resources: { NODE_SEA_BLOB: content } } : {}),
    })
  const file = machOOf({
    commands: [build(1, 0x000d0500), library('/usr/lib/libSystem.B.dylib')],
    linkEdit: Math.max(data.length, 16),
    ...(blob ? { blob: content } : {}),
  })
  data.copy(file, file.length - data.length)
  return file
}
