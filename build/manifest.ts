import { createHash } from 'node:crypto'
import { BuildError } from './errors.ts'

/** What a binary says about itself without being run. The build writes it; `kong-ts inspect` and `check` read it. */
export interface Manifest {
  /** The kit's version. */
  readonly kit: string
  /** The version of the Node inside, as `24.21.0`. */
  readonly node: string
  /** As the table of targets names it: `linux-x64`. */
  readonly platform: string
  /** The name that the binary was built under: that of its file and its socket. */
  readonly name: string
  /** One, or several in a bundle. */
  readonly plugins: readonly ManifestPlugin[]
  /** The npm packages whose code is inside. */
  readonly packages: readonly ManifestPackage[]
  /** The native addons inside. */
  readonly addons: readonly ManifestAddon[]
  /** What the build was told: how the binary differs from an unmodified Node. */
  readonly flags: {
    /** The options that Node is always started with. */
    readonly execArgv: readonly string[]
    /** Whether compiled code is inside, which only that Node on that platform takes. */
    readonly codeCache: boolean
    /** Whether what only debuggers read was taken out. */
    readonly stripped: boolean
  }
}

export interface ManifestPlugin {
  /** Name, version, priority, phases and schema as `-dump` gives them. */
  readonly name: string
  readonly version: string
  readonly priority: number
  readonly phases: readonly string[]
  readonly protocol: 'ProtoBuf:1' | 'MsgPack:1'
  readonly schema: unknown
  /** SHA-256 of the schema as JSON with sorted keys. */
  readonly schemaHash: string
  /** The PDK functions that its code names, as Kong calls them: `kong.request.get_header`. */
  readonly pdk: readonly string[]
}

export interface ManifestPackage {
  readonly name: string
  readonly version: string
  /** As its package.json says: an SPDX expression, or `undefined` where it names none. */
  readonly license?: string
}

export interface ManifestAddon {
  /** The file as its package names it: `bcrypt/prebuilds/linux-x64/bcrypt.glibc.node`. */
  readonly file: string
  readonly sha256: string
  /** The asset of the binary that holds it. */
  readonly asset: string
  /** What its headers want, as `Executable` has it: libraries, and versions of their symbols. */
  readonly libraries: readonly string[]
  readonly wantedVersions: Readonly<Record<string, readonly string[]>>
}

/** The asset's name. */
export const manifestAsset = 'manifest'

// No text of a bundle holds a NUL, so the marker stands only where a manifest begins.
const marker = Buffer.from('\0kong-ts-pdk manifest 1\0')

const mostTries = 16

const hashSize = 32

/** Marker, length (uint32, little-endian), JSON, the JSON's SHA-256, and room for the seal. */
export function encodeManifest(manifest: Manifest): Buffer {
  const json = Buffer.from(JSON.stringify(manifest))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return Buffer.concat([marker, length, json, hashOf(json), Buffer.alloc(hashSize)])
}

/** The manifest in the bytes of a blob or a whole binary; `undefined` where there is none. */
export function decodeManifest(bytes: Buffer): Manifest | undefined {
  const place = findManifest(bytes)
  return place && (JSON.parse(bytes.toString('utf8', place.start, place.end)) as Manifest)
}

/** Puts the seal on a finished binary, in its place: the SHA-256 of all its other bytes. */
export function seal(binary: Buffer): void {
  const room = sealOf(binary)
  if (room !== undefined) hashWithout(binary, room).copy(room)
}

/** Whether a binary is as it was sealed; one for macOS has no seal, as its signature covers it. */
export function checkSeal(binary: Buffer): 'whole' | 'damaged' | 'none' {
  const room = sealOf(binary)
  if (room === undefined || room.every((byte) => byte === 0)) return 'none'
  return hashWithout(binary, room).equals(room) ? 'whole' : 'damaged'
}

function sealOf(binary: Buffer): Buffer | undefined {
  const place = findManifest(binary)
  if (place === undefined) return undefined
  const start = place.end + hashSize
  return start + hashSize <= binary.length ? binary.subarray(start, start + hashSize) : undefined
}

function hashWithout(binary: Buffer, room: Buffer): Buffer {
  const start = room.byteOffset - binary.byteOffset
  return createHash('sha256')
    .update(binary.subarray(0, start))
    .update(binary.subarray(start + room.length))
    .digest()
}

/** Where the JSON lies. */
function findManifest(bytes: Buffer): { readonly start: number; readonly end: number } | undefined {
  let tries = 0
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) {
    // A native addon may hold the marker by chance; a file full of markers would be hashed for minutes.
    if (++tries > mostTries) break
    const start = at + marker.length + 4
    const end = start <= bytes.length ? start + bytes.readUInt32LE(start - 4) : Number.POSITIVE_INFINITY
    const json = bytes.subarray(start, end)
    if (end + hashSize <= bytes.length && hashOf(json).equals(bytes.subarray(end, end + hashSize)))
      return { start, end }
  }
  if (tries === 0) return undefined
  throw new BuildError('the manifest inside is damaged: its SHA-256 is not that of its text')
}

/** SHA-256 of a schema, the same whatever the order of its keys. */
export function hashSchema(schema: unknown): string {
  return hashOf(Buffer.from(JSON.stringify(sortKeys(schema)))).toString('hex')
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortKeys(member)]),
  )
}

function hashOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
