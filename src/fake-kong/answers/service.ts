import type { methods } from '../../pdk/methods.ts'
import { type AnswersFor, Raised } from '../answer.ts'
import { checkInteger, checkString } from '../lua.ts'
import { accepted, during } from '../phase-check.ts'

const mostMilliseconds = 2147483646

export const service = {
  'kong.service.set_upstream': during(accepted.access, ({ world }, [host]) => {
    const name = checkString(host, 'host must be a string')
    if (!world.upstreams.includes(name)) return undefined
    world.upstream.target = { ...world.upstream.target, host: name }
    return true
  }),
  'kong.service.set_target': during(accepted.connect, ({ world, phase }, [host, port]) => {
    const name = checkString(host, 'host must be a string')
    const number = checkInteger(port, 'port', 0, 65535)
    // Kong looks for a target only after it has found the route.
    if (phase === 'rewrite') throw new Raised("attempt to index field 'balancer_data' (a nil value)")
    world.upstream.host = name
    world.upstream.target = { host: name, port: number }
  }),
  'kong.service.set_retries': during(accepted.access, ({ world }, [retries]) => {
    world.upstream.settings.retries = checkInteger(retries, 'retries', 0, 32767)
  }),
  'kong.service.set_timeouts': during(accepted.access, ({ world }, args) => {
    const names = ['connect_timeout', 'write_timeout', 'read_timeout']
    const values = names.map((name, index) => [name, checkInteger(args[index], name, 1, mostMilliseconds)])
    Object.assign(world.upstream.settings, Object.fromEntries(values))
  }),
  'kong.service.set_tls_verify': during(accepted.connect, ({ world }, [on]) => {
    if (typeof on !== 'boolean') throw new Raised('argument must be a boolean')
    world.upstream.settings.tls_verify = on
    return true
  }),
  'kong.service.set_tls_verify_depth': during(accepted.connect, ({ world }, [depth]) => {
    if (typeof depth !== 'number') throw new Raised('argument must be a number')
    world.upstream.settings.tls_verify_depth = depth
    return true
  }),
} satisfies AnswersFor<Omit<typeof methods.service, 'request' | 'response'>>
