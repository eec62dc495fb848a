import type { methods } from '../../pdk/methods.ts'
import { setMember } from '../../set-member.ts'
import { type Answer, type AnswersFor, Raised } from '../answer.ts'
import { isTrusted } from '../ip.ts'
import { entriesOf, isTable, luaType, memberOf, textOf } from '../lua.ts'
import { memoryStats } from '../memory.ts'
import { nginxVariable } from '../nginx.ts'
import { accepted, during, live } from '../phase-check.ts'
import { serialize } from '../serialize.ts'
import { log } from './log.ts'
import { vault } from './vault.ts'

type Rest = Omit<typeof methods, 'client' | 'request' | 'response' | 'router' | 'service'>

/** Answered by Kong Enterprise alone, which nobody recorded. */
const enterprise: Answer = () => undefined

/** All that is about Kong itself rather than about the request. */
export const runtime = {
  ...log,
  ...vault,
  'kong.cluster.get_id': ({ world }) => world.node.clusterId,
  'kong.ctx.shared.get': ({ world }, [key]) => memberOf(world.ctx.shared, key),
  'kong.ctx.shared.set': ({ world }, [key, value]) => setKey(world.ctx.shared, key, value),
  'kong.enterprise_edition.jwe.encrypt': enterprise,
  'kong.enterprise_edition.jwe.decrypt': enterprise,
  'kong.enterprise_edition.jwe.decode': enterprise,
  'kong.ip.is_trusted': ({ world }, [address]) => isTrusted(world, textOf(address)),
  'kong.log.serialize': during(accepted.log, ({ world }) => serialize(world)),
  'kong.nginx.get_subsystem': ({ world }) => world.subsystem,
  'kong.nginx.get_statistics': ({ world }) => world.node.statistics,
  'kong.nginx.get_var': live(({ world }, [name]) => {
    if (luaType(name) !== 'string') throw new Raised('bad variable name')
    return nginxVariable(world, textOf(name))
  }),
  'kong.nginx.get_tls1_version_str': ({ world }) => world.variables.ssl_protocol,
  'kong.nginx.get_ctx': ({ world }, [key]) => memberOf(world.ctx.nginx, key),
  'kong.nginx.set_ctx': ({ world }, [key, value]) => setKey(world.ctx.nginx, key, value),
  // A handshake comes before any request, and a stream has none.
  'kong.nginx.req_start_time': ({ world, phase }) =>
    world.subsystem === 'stream' ? undefined : phase === 'certificate' ? 0 : world.startedAt / 1000,
  'kong.node.get_id': ({ world }) => world.node.id,
  'kong.node.get_hostname': ({ world }) => world.node.hostname,
  'kong.node.get_memory_stats': ({ world }, [unit, scale]) => memoryStats(world.node, unit, scale),
  'kong.plugin.get_id': ({ world }) => world.node.pluginId,
  'kong.table.new': (_, sizes) => {
    for (const [index, size] of [sizes[0], sizes[1]].entries())
      if (typeof size !== 'number')
        throw new Raised(`bad argument #${index + 1} to 'method' (number expected, got ${luaType(size)})`)
    return {}
  },
  'kong.table.clear': (_, [table]) => {
    if (!isTable(table))
      throw new Raised(`bad argument #1 to 'method' (table expected, got ${luaType(table)})`)
  },
  'kong.table.merge': (_, tables) => merged(tables.slice(0, 2).filter(isTable)),
  // Nothing takes telemetry here, as in a Kong without such a plugin.
  'kong.telemetry.log': () => undefined,
} satisfies AnswersFor<Rest>

function setKey(table: Record<string, unknown>, key: unknown, value: unknown): void {
  if (key === undefined) throw new Raised('table index is nil')
  if (value === undefined) delete table[textOf(key)]
  else setMember(table, textOf(key), value)
}

function merged(tables: readonly object[]): unknown {
  const members = new Map(tables.flatMap(entriesOf))
  return [...members.keys()].every((key) => typeof key === 'string') ? Object.fromEntries(members) : members
}
