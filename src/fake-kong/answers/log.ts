import type { methods } from '../../pdk/methods.ts'
import { type Answer, type AnswersFor, Raised } from '../answer.ts'
import { checkString, luaType, memberOf, textOf } from '../lua.ts'
import { accepted, during } from '../phase-check.ts'

/** In nginx's order, the gravest first. */
const levels = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug']

/** All lines are kept; one without a word makes Kong raise, unless the level is not written at all. */
const line =
  (level: string): Answer =>
  ({ world }, parts) => {
    if (parts.length === 0 && levels.indexOf(level) <= levels.indexOf(world.node.logLevel)) throw noWords()
    world.log.push({ level, parts })
  }

const noWords = () => new Raised("bad argument #1 to 'select' (index out of range)")

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
  'kong.log.deprecation': ({ world }, parts) => {
    if (parts.length === 0) throw noWords()
    world.log.push({ level: 'warn', parts })
  },
  'kong.log.inspect': line('notice'),
  'kong.log.inspect.on': () => undefined,
  'kong.log.inspect.off': () => undefined,
  'kong.log.set_format': (_, [format]) => {
    if (format !== undefined && format !== false) checkString(format, 'format must be a string')
  },
  'kong.log.set_serialize_value': during(
    accepted.serializeValue,
    ({ world, phase }, [key, value, options]) => {
      const name = checkString(key, 'key must be a string')
      const mode =
        luaType(options) === 'table' ? memberOf(options as Record<string, unknown>, 'mode') : undefined
      const chosen = mode === undefined || mode === false ? 'set' : textOf(mode)
      if (!['set', 'add', 'replace'].includes(chosen))
        throw new Raised("mode must be 'set', 'add' or 'replace'")
      // The record was written before the log phase.
      if (phase !== 'log') world.recorded.push({ key: name, value, mode: chosen })
    },
  ),
} satisfies Omit<AnswersFor<typeof methods.log>, 'kong.log.serialize'>
