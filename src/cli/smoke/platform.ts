import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError, UsageError } from '../../../build/errors.ts'
import { readExecutable } from '../../../build/executable/read.ts'
import { hostPlatform } from '../../../build/targets.ts'

/** Refuses what cannot be run here with a sentence, before the shell or the kernel do with none. */
export function refuseUnrunnable(binary: string, bytes: Buffer, runner: readonly string[]): void {
  if (process.platform === 'win32')
    throw new UsageError(
      'Cannot try a plugin on Windows: Kong runs on Linux and macOS; use one of these, or WSL',
    )
  if (runner.length > 0) return
  if (bytes.subarray(0, 2).toString() !== '#!') refuseOtherPlatform(binary, bytes)
  try {
    accessSync(binary, constants.X_OK)
  } catch {
    throw new UsageError(`Cannot run ${binary}: it is not executable; run chmod +x ${binary}`)
  }
}

function refuseOtherPlatform(binary: string, bytes: Buffer): void {
  const platform = platformOf(binary, bytes)
  if (platform === hostPlatform() || isTranslated(platform) || hasHandler(bytes)) return
  throw new UsageError(
    `Cannot run ${binary} here: it is for ${platform}, and this machine is ${hostPlatform()}; try it on such a machine, or name what runs it, as in --runner "qemu-aarch64-static -L /usr/aarch64-linux-gnu"`,
  )
}

function platformOf(binary: string, bytes: Buffer): string {
  try {
    const { os, arch } = readExecutable(bytes)
    return `${os}-${arch}`
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    throw new UsageError(`Cannot run ${binary}: ${error.message}`)
  }
}

/** Rosetta. */
function isTranslated(platform: string): boolean {
  return hostPlatform() === 'darwin-arm64' && platform === 'darwin-x64'
}

const handlers = '/proc/sys/fs/binfmt_misc'

/** Whether the kernel hands files that begin so to an emulator. */
function hasHandler(bytes: Buffer): boolean {
  return names().some((name) => {
    const text = readFileSync(join(handlers, name), 'latin1')
    const field = (key: string) => new RegExp(`^${key} ([0-9a-f]+)$`, 'm').exec(text)?.[1]
    const magic = Buffer.from(field('magic') ?? '', 'hex')
    const mask = Buffer.from(field('mask') ?? '', 'hex')
    const offset = Number(field('offset') ?? 0)
    if (!text.startsWith('enabled') || magic.length === 0) return false
    return magic.every((byte, index) => ((bytes[offset + index] ?? 0) & (mask[index] ?? 0xff)) === byte)
  })
}

function names(): string[] {
  try {
    return readdirSync(handlers).filter((name) => name !== 'register' && name !== 'status')
  } catch {
    return []
  }
}
