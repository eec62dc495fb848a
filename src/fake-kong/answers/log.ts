import type { methods } from '../../pdk/methods.ts'
import type { Answer, AnswersFor } from '../answer.ts'
import { textOf } from '../lua.ts'

const line =
  (level: string): Answer =>
  ({ world }, parts) => {
    world.log.push({ level, parts })
  }

export const log = {
  'kong.log': line('notice'),
  'kong.log.emerg': line('emerg'),
  'kong.log.alert': line('alert'),
  'kong.log.crit': line('crit'),
  'kong.log.err': line('err'),
  'kong.log.warn': line('warn'),
  'kong.log.notice': line('notice'),
  'kong.log.info': line('info'),
  'kong.log.debug': line('debug'),
  'kong.log.deprecation': line('warn'),
  'kong.log.inspect': line('debug'),
  'kong.log.inspect.on': () => undefined,
  'kong.log.inspect.off': () => undefined,
  'kong.log.set_format': () => undefined,
  'kong.log.set_serialize_value': ({ world }, [key, value]) => {
    world.recorded[textOf(key)] = value
  },
} satisfies Omit<AnswersFor<typeof methods.log>, 'kong.log.serialize'>
