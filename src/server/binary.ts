import { basename } from 'node:path'
import { inBinary } from '../binary.ts'

/** The name of the binary's file, whatever symlink led to it. */
export function programName(): string {
  return nameOf(inBinary() === undefined ? process.argv[1] : process.execPath)
}

/** The name that the binary was called by: that of the symlink where one led to it. */
export function calledName(): string {
  return nameOf(inBinary() === undefined ? process.argv[1] : process.argv0)
}

function nameOf(file: string | undefined): string {
  return basename(file || process.execPath).replace(/\.(exe|c?js|mjs|ts)$/i, '')
}
