import { createRequire } from 'node:module'
import { basename } from 'node:path'

interface Sea {
  isSea(): boolean
  getAsset(name: string, encoding: string): string
}

/** Node's module of a single executable, when this process is one; Node 20 before 20.12 has no such module. */
export function inBinary(): Sea | undefined {
  try {
    const sea = createRequire(process.execPath)('node:sea') as Sea
    return sea.isSea() ? sea : undefined
  } catch {
    return undefined
  }
}

/** The file that stack frames name: the binary itself, or the bundle that Node runs. */
export function programFile(): string {
  return inBinary() === undefined ? (process.argv[1] ?? process.execPath) : process.execPath
}

/** The name that Kong knows the binary by: its file name. */
export function programName(): string {
  return basename(programFile()).replace(/\.(exe|c?js|mjs|ts)$/i, '')
}
