/** What of `node:sea` is used here. */
interface Sea {
  isSea(): boolean
  getAsset(name: string, encoding: string): string
  /** The asset where it lies in memory: to be read only. */
  getRawAsset(name: string): ArrayBuffer
}

/**
 * Node's module of a single executable, when this process is one. A binary comes out of the build only when its
 * dump equals that of its source, so what the build has checked need not be checked at each start.
 */
export function inBinary(): Sea | undefined {
  const sea = process.getBuiltinModule?.('node:sea') as Sea | undefined
  return sea?.isSea() ? sea : undefined
}
