import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inBinary } from '../binary.ts'
import { fault, reason } from '../errors.ts'
import { unpack } from './unpack.ts'

const loaded = new Map<string, unknown>()
const paths = new Map<string, string>()

/** What `require` of a native addon gives; `file` names it in sentences. The build puts calls of this in its place. */
export function loadAddon(asset: string, file: string): unknown {
  if (!loaded.has(asset)) loaded.set(asset, load(asset, file))
  return loaded.get(asset)
}

/** The bytes of a file that the build has put into the binary, a copy for each caller. */
export function readEmbedded(asset: string): Uint8Array {
  const bytes = rawAsset(asset)
  return bytes === undefined ? new Uint8Array(readFileSync(besideBundle(asset))) : bytes.slice()
}

/** A path to such a file, for code that opens it by one; it holds as long as this process. */
export function pathOfEmbedded(asset: string, file: string): string {
  const path = paths.get(asset) ?? findPath(asset, file)
  paths.set(asset, path)
  return path
}

function load(asset: string, file: string): unknown {
  const bytes = rawAsset(asset)
  if (bytes === undefined) return open(besideBundle(asset), file)
  return unpack(bytes, file, (path) => open(path, file))
}

function findPath(asset: string, file: string): string {
  const bytes = rawAsset(asset)
  return bytes === undefined ? besideBundle(asset) : unpack(bytes, file, (path) => path, { keep: true })
}

/** The bytes where they lie in the binary; nothing may write there. */
function rawAsset(asset: string): Uint8Array | undefined {
  const bytes = inBinary()?.getRawAsset(asset)
  return bytes === undefined ? undefined : new Uint8Array(bytes)
}

/** A bundle that a plain Node runs has its assets as files. */
function besideBundle(asset: string): string {
  return fileURLToPath(new URL(asset, import.meta.url))
}

function open(path: string, file: string): unknown {
  const module = { id: file, filename: path, exports: {} as unknown }
  try {
    process.dlopen(module, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_DLOPEN_FAILED') throw error
    const unloadable = fault('ADDON_UNLOADABLE', file, reason(error).replaceAll(path, file))
    throw Object.assign(unloadable, { cause: error })
  }
  return module.exports
}
