import type { SeaConfig } from './blob.ts'

/** What goes into a blob that holds no compiled code. */
export interface BlobContent {
  /** What stack frames call the code. */
  readonly path: string
  readonly code: Buffer
  readonly assets: ReadonlyMap<string, Buffer>
}

const magic = 0x143da20
const flags = { withoutWarning: 1, assets: 8, execArgv: 16 }
const commonJs = 0

/** The first and last version of each layout that was compared with the blobs of that Node itself. */
const layouts = [
  { from: [24, 7], to: [24, 21], format: false, abi: '137' },
  { from: [26, 7], to: [26, 10], format: true, abi: '147' },
] as const

export interface Layout {
  /** Whether the kind of module is named. */
  readonly format: boolean
  /** NODE_MODULE_VERSION of these versions. */
  readonly abi: string
}

/** How a Node lays out its blobs; `undefined` for versions that were never looked at. */
export function layoutOf(version: string): Layout | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return layouts.find(({ from, to }) => major === from[0] && minor >= from[1] && minor <= to[1])
}

/**
 * A blob as Node's own `--experimental-sea-config` makes it (node_sea.cc), for where no Node of that version runs: a
 * magic number, flags, and then lengths (uint64) and bytes; all numbers are little-endian. NODE_OPTIONS is never taken.
 */
export function writeBlob(content: BlobContent, config: SeaConfig, layout: Layout): Buffer {
  const { path, code, assets } = content
  const set = flags.withoutWarning | flags.assets | flags.execArgv
  return Buffer.concat([
    uint32(magic),
    uint32(set),
    Buffer.from(layout.format ? [0, commonJs] : [0]), // execArgvExtension "none", and the kind of module
    sized(Buffer.from(path)),
    sized(code),
    uint64(assets.size),
    ...[...assets].flatMap(([name, bytes]) => [sized(Buffer.from(name)), sized(bytes)]),
    uint64(config.execArgv.length),
    ...config.execArgv.map((option) => sized(Buffer.from(option))),
  ])
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
