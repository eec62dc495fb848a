import * as a from '../arguments.ts'
import type { MemoryStats, MemoryUnit } from '../entities.ts'
import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const node = {
  /**
   * Id of this gateway node.
   *
   * @returns a UUID
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails when Kong's shared memory is full: Kong raises
   * @example
   * kong.log.info('node ', await kong.node.getId())
   */
  getId: method<() => Promise<string>>()({
    name: 'kong.node.get_id',
    phases: everyPhase,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Name of the host that this gateway node runs on.
   *
   * @returns the host name
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.3
   * @fails never
   * @example
   * kong.log.info('host ', await kong.node.getHostname())
   */
  getHostname: method<() => Promise<string>>()({
    name: 'kong.node.get_hostname',
    phases: everyPhase,
    args: [],
    result: r.text,
    since: '2.3',
  }),

  /**
   * Memory of Kong's Lua VMs and shared dictionaries.
   *
   * @param unit `b`, `k`, `m` or `g`, in either case; MsgPack:1 only. With `k`, `m` and `g` sizes are text
   *   such as `1.50 MiB`
   * @param scale decimals of that text, default 2; MsgPack:1 only
   * @returns sizes in bytes. ProtoBuf:1 carries the dictionaries `kong` and `kong_db_cache` only, MsgPack:1
   *   all
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails for another unit, and over ProtoBuf:1 with any argument
   * @example
   * const { workers_lua_vms } = await kong.node.getMemoryStats()
   * for (const vm of workers_lua_vms) kong.log.info(vm.pid, ': ', vm.http_allocated_gc, ' bytes')
   */
  getMemoryStats: method<
    (() => Promise<MemoryStats>) &
      ((unit: MemoryUnit, scale?: number) => Promise<MemoryStats<number | string>>)
  >()({
    name: 'kong.node.get_memory_stats',
    phases: everyPhase,
    args: [
      a.optional(a.word('unit', 'one of b, k, m, g', (unit) => /^[bkmg]$/i.test(unit))),
      a.optional(a.integer('scale', 0, 100)),
    ],
    result: r.value,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'MemoryStats', since: '2.4' },
  }),
} as const
