import { basename } from 'node:path'
import { inBinary } from '../binary.ts'

/** The name that Kong knows the binary by: its file name. */
export function programName(): string {
  const file = inBinary() === undefined ? (process.argv[1] ?? process.execPath) : process.execPath
  return basename(file).replace(/\.(exe|c?js|mjs|ts)$/i, '')
}
