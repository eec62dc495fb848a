import { UsageError } from '../../../build/errors.ts'
import { KongPluginError } from '../../errors.ts'
import type { Dialect } from '../../pdk/phases.ts'
import { type Address, readArguments } from '../../server/arguments.ts'

/** What a server is to be started with, beside what its place asks for. */
export interface ServerFlags {
  readonly words: readonly string[]
  /** Absent where the plugins' own is spoken. */
  readonly protocol?: Dialect
  readonly metrics?: Address
  /** As `0660`. */
  readonly socketMode: string
}

export const noFlags: ServerFlags = { words: [], socketMode: '0600' }

/** Reads what stands behind `--` as the binary itself will, but for what `config` settles. */
export function readServerFlags(words: readonly string[]): ServerFlags {
  const refuse = (why: string) => new UsageError(`Cannot start a server with ${words.join(' ')}: ${why}`)
  const settled = words.find((word) => /^--?(kong-prefix|socket|plugin|worker-slot)(=|$)/.test(word))
  if (settled !== undefined)
    throw refuse(`${settled.replace(/=.*/, '')} is what config settles itself; leave it out`)
  // They go into a shell, a unit and kong.conf alike.
  const odd = words.find((word) => !/^[\w.:/=,+@[\]-]+$/.test(word))
  if (odd !== undefined)
    throw refuse(
      `${JSON.stringify(odd)} would need quotes, which mean another thing in each place; take letters, digits and .:/=,+@[]-_`,
    )
  const { command, plugin, protocol, metrics, socketMode, note } = read(words)
  if (command !== 'serve') throw refuse(`-${command} serves nothing; leave it out`)
  if (plugin !== undefined)
    throw refuse(
      `a server takes flags only, and ${JSON.stringify(plugin)} is none; write it as -metrics 127.0.0.1:9542`,
    )
  if (note !== undefined) throw refuse(note)
  return {
    words,
    ...(protocol === undefined ? {} : { protocol }),
    ...(metrics === undefined ? {} : { metrics }),
    socketMode: socketMode.toString(8).padStart(4, '0'),
  }
}

function read(words: readonly string[]) {
  try {
    return readArguments(words)
  } catch (error) {
    if (error instanceof KongPluginError) throw new UsageError(error.message)
    throw error
  }
}

/** Whether nobody outside of the machine, or of the container, reaches an address. */
export function isLoopback(address: Address): boolean {
  return 'host' in address && /^(127\.|localhost$|::1$)/.test(address.host)
}
