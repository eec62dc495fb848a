import type { methods } from '../../pdk/methods.ts'
import type { Answer, AnswersFor } from '../answer.ts'
import { textOf } from '../lua.ts'

const setting =
  (...names: string[]): Answer =>
  ({ world }, args) => {
    for (const [index, name] of names.entries()) world.upstream.settings[name] = args[index]
  }

const done =
  (answer: Answer): Answer =>
  (scene, args) => {
    answer(scene, args)
    return true
  }

export const service = {
  'kong.service.set_upstream': ({ world }, [host]) => {
    world.upstream.target = { host: textOf(host), port: 0 }
    return true
  },
  'kong.service.set_target': ({ world }, [host, port]) => {
    world.upstream.target = { host: textOf(host), port: Number(port) }
  },
  'kong.service.set_retries': setting('retries'),
  'kong.service.set_timeouts': setting('connect_timeout', 'write_timeout', 'read_timeout'),
  'kong.service.set_tls_verify': done(setting('tls_verify')),
  'kong.service.set_tls_verify_depth': done(setting('tls_verify_depth')),
} satisfies AnswersFor<Omit<typeof methods.service, 'request' | 'response'>>
