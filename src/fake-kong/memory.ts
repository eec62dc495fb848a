import { Raised } from './answer.ts'
import { checkString, textOf } from './lua.ts'
import type { Node } from './world.ts'

const units: Readonly<Record<string, readonly [name: string, size: number]>> = {
  k: ['KiB', 2 ** 10],
  m: ['MiB', 2 ** 20],
  g: ['GiB', 2 ** 30],
}

/** Memory of the shared dictionaries and workers: whole bytes as numbers, any other unit as text. */
export function memoryStats({ memory }: Node, unit: unknown = 'b', scale: unknown = 2): unknown {
  const name = checkString(unit, "bad argument #1 to 'lower' (string expected)")
  const known = units[name.toLowerCase()]
  const isBytes = name === '' || name.toLowerCase() === 'b'
  if (!isBytes && (typeof scale !== 'number' || scale < 0))
    throw new Raised('scale must be equal or greater than 0')
  if (!isBytes && known === undefined)
    throw new Raised(`invalid unit '${textOf(unit)}' (expected 'k/K', 'm/M', or 'g/G')`)
  const size = (bytes: number) =>
    known === undefined
      ? Math.floor(bytes)
      : `${(bytes / known[1]).toFixed(Math.floor(Number(scale)))} ${known[0]}`
  const dicts = Object.entries(memory.dicts).map(([dict, { capacity, allocated }]) => [
    dict,
    { capacity: size(capacity), allocated_slabs: size(allocated) },
  ])
  return {
    lua_shared_dicts: Object.fromEntries(dicts),
    workers_lua_vms: memory.workers.map(({ pid, bytes }) => ({ pid, http_allocated_gc: size(bytes) })),
  }
}
