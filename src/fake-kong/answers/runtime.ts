import type { methods } from '../../pdk/methods.ts'
import { setMember } from '../../set-member.ts'
import type { Answer, AnswersFor } from '../answer.ts'
import { memberOf, tableOf, textOf } from '../lua.ts'
import { nginxVariable } from '../nginx.ts'
import { serialize } from '../serialize.ts'
import { log } from './log.ts'
import { vault } from './vault.ts'

type Rest = Omit<typeof methods, 'client' | 'request' | 'response' | 'router' | 'service'>

const enterprise: Answer = () => undefined

/** All that is about Kong itself rather than about the request. */
export const runtime = {
  ...log,
  ...vault,
  'kong.cluster.get_id': ({ world }) => world.node.clusterId,
  'kong.ctx.shared.get': ({ world }, [key]) => memberOf(world.ctx.shared, key),
  'kong.ctx.shared.set': ({ world }, [key, value]) => {
    setMember(world.ctx.shared, textOf(key), value)
  },
  'kong.enterprise_edition.jwe.encrypt': enterprise,
  'kong.enterprise_edition.jwe.decrypt': enterprise,
  'kong.enterprise_edition.jwe.decode': enterprise,
  // Addresses only: ranges such as 10.0.0.0/8 are not known here yet.
  'kong.ip.is_trusted': ({ world }, [address]) => world.trustedIps.includes(textOf(address)),
  'kong.log.serialize': ({ world }) => serialize(world),
  'kong.nginx.get_subsystem': ({ world }) => world.subsystem,
  'kong.nginx.get_statistics': () => ({
    connections_active: 1,
    connections_reading: 0,
    connections_writing: 1,
    connections_waiting: 0,
    connections_accepted: 1,
    connections_handled: 1,
    total_requests: 1,
  }),
  'kong.nginx.get_var': ({ world }, [name]) => nginxVariable(world, textOf(name)),
  'kong.nginx.get_tls1_version_str': ({ world }) => world.variables.ssl_protocol,
  'kong.nginx.get_ctx': ({ world }, [key]) => memberOf(world.ctx.nginx, key),
  'kong.nginx.set_ctx': ({ world }, [key, value]) => {
    setMember(world.ctx.nginx, textOf(key), value)
  },
  'kong.nginx.req_start_time': ({ world }) => world.startedAt / 1000,
  'kong.node.get_id': ({ world }) => world.node.id,
  'kong.node.get_hostname': ({ world }) => world.node.hostname,
  // Sizes are bytes, whatever unit was asked for.
  'kong.node.get_memory_stats': () => ({
    lua_shared_dicts: {
      kong: { allocated_slabs: 40960, capacity: 5242880 },
      kong_db_cache: { allocated_slabs: 794624, capacity: 134217728 },
    },
    workers_lua_vms: [{ http_allocated_gc: 69038274, pid: 100 }],
  }),
  'kong.plugin.get_id': ({ world }) => world.node.pluginId,
  'kong.table.new': () => ({}),
  'kong.table.clear': () => undefined,
  'kong.table.merge': (_, [first, second]) => ({ ...tableOf(first ?? {}), ...tableOf(second ?? {}) }),
  // Nothing takes telemetry here, as in a Kong without such a plugin.
  'kong.telemetry.log': () => undefined,
} satisfies AnswersFor<Rest>
