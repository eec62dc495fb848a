import { fault, reason } from '../../errors.ts'
import * as a from '../arguments.ts'
import type { JsonInput, LogRecord } from '../entities.ts'
import { everyPhase, httpRequestPhases } from '../phases.ts'
import * as r from '../results.ts'
import { mapped, method } from '../row.ts'

const atLeastOne = (args: readonly unknown[], where: string) => {
  if (args.length === 0)
    throw fault('BAD_ARGUMENT', where, 'the first part', 'given, as Kong raises without one', undefined)
  return args
}

const parseRecord = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text))
  } catch (thrown) {
    throw fault('REPLY_UNREADABLE', 'kong.log.serialize', reason(thrown))
  }
}

const serialized = method<() => Promise<string>>()({
  name: 'kong.log.serialize',
  phases: ['log'],
  args: [],
  result: r.text,
  since: '2.1',
  protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
})

export const log = {
  /**
   * Writes a line to Kong's error log at level notice, as `log.notice` does.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log('took ', 12, ' ms')
   */
  self: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level alert: someone must act at once.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.alert('took ', 12, ' ms')
   */
  alert: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.alert',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ListValue', gives: 'Empty', since: '2.4' },
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level crit: a critical condition.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.crit('took ', 12, ' ms')
   */
  crit: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.crit',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ListValue', gives: 'Empty', since: '2.4' },
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level err: an error.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.err('took ', 12, ' ms')
   */
  err: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.err',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ListValue', gives: 'Empty', since: '2.4' },
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level warn: a warning.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.warn('took ', 12, ' ms')
   */
  warn: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.warn',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ListValue', gives: 'Empty', since: '2.4' },
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level notice: the lowest that Kong's default log level shows.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.notice('took ', 12, ' ms')
   */
  notice: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.notice',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ListValue', gives: 'Empty', since: '2.4' },
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level info: hidden at Kong's default log level.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.info('took ', 12, ' ms')
   */
  info: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.info',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ListValue', gives: 'Empty', since: '2.4' },
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level debug: hidden at Kong's default log level.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.debug('took ', 12, ' ms')
   */
  debug: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.debug',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'ListValue', gives: 'Empty', since: '2.4' },
    finish: atLeastOne,
  }),

  /**
   * Writes a line to Kong's error log at level emerg: the gateway is unusable.
   *
   * @param first the first part: text as it is, anything else as JSON text
   * @param more further parts, joined without a separator
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails without a part
   * @example
   * kong.log.emerg('took ', 12, ' ms')
   */
  emerg: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
    name: 'kong.log.emerg',
    phases: everyPhase,
    args: [a.logParts('args')],
    result: r.nothing,
    since: '2.0',
    finish: atLeastOne,
  }),

  /**
   * Writes a deprecation notice to Kong's error log at level warn.
   *
   * @param message what is deprecated
   * @param options `after`: since which version; `removal`: gone in which version; `trace`: whether to add
   *   Kong's own stack
   * @returns nothing; no need to wait for it
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.6
   * @fails never
   * @example
   * kong.log.deprecation('config.old is deprecated', { after: '2.0', removal: '3.0' })
   */
  deprecation: method<
    (message: string, options?: { after?: string; removal?: string; trace?: boolean }) => Promise<void>
  >()({
    name: 'kong.log.deprecation',
    phases: everyPhase,
    args: [a.text('message'), a.optional(a.object('metadata'))],
    result: r.nothing,
    since: '2.6',
  }),

  inspect: {
    /**
     * Writes values to Kong's error log at level notice (debug up to Kong 3.8), laid out as Lua tables over several
     * lines.
     *
     * @param first the first value, any that JSON can hold
     * @param more further values
     * @returns nothing; no need to wait for it
     * @phases all
     * @dialects MsgPack:1
     * @since Kong 2.0
     * @fails without a value
     * @example
     * kong.log.inspect({ a: 1, list: ['x', 'y'] })
     */
    self: method<(first: unknown, ...more: unknown[]) => Promise<void>>()({
      name: 'kong.log.inspect',
      phases: everyPhase,
      args: [a.rest(a.json('args'))],
      result: r.nothing,
      since: '2.0',
      finish: atLeastOne,
    }),

    /**
     * Turns `log.inspect` on, for all plugins of the nginx worker that share its log facility.
     *
     * @returns nothing
     * @phases all
     * @dialects MsgPack:1
     * @since Kong 2.0
     * @fails never
     * @example
     * kong.log.inspect.on()
     */
    on: method<() => Promise<void>>()({
      name: 'kong.log.inspect.on',
      phases: everyPhase,
      args: [],
      result: r.nothing,
      since: '2.0',
    }),

    /**
     * Turns `log.inspect` off, for all plugins of the nginx worker that share its log facility.
     *
     * @returns nothing
     * @phases all
     * @dialects MsgPack:1
     * @since Kong 2.0
     * @fails never
     * @example
     * kong.log.inspect.off()
     */
    off: method<() => Promise<void>>()({
      name: 'kong.log.inspect.off',
      phases: everyPhase,
      args: [],
      result: r.nothing,
      since: '2.0',
    }),
  },

  /**
   * Changes the layout of log lines in this nginx worker, for other code too: better left alone.
   *
   * @param format Kong's format with placeholders such as `%message`; left out, Kong's default comes back
   * @returns nothing
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.0
   * @fails when Kong does not know a placeholder: it raises
   * @example
   * kong.log.setFormat('[my-plugin] %message')
   */
  setFormat: method<(format?: string) => Promise<void>>()({
    name: 'kong.log.set_format',
    phases: everyPhase,
    args: [a.optional(a.text('fmt'))],
    result: r.nothing,
    since: '2.0',
  }),

  /**
   * Sets a member of the record that logging plugins write for this request.
   * In log it no longer changes the record that this plugin reads.
   *
   * @param key its name; dots go into nested objects, as `my.plugin.verdict`
   * @param value any JSON value; `undefined` and `null` remove the member
   * @param options MsgPack:1 only. `add` writes it only when it is not there, `replace` only when it is;
   *   default `set`
   * @returns nothing
   * @phases rewrite, access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.3
   * @fails for another mode, for options without a value, and over ProtoBuf:1 for `false` anywhere, `null`
   *   inside, and any options
   * @example
   * kong.log.setSerializeValue('hello.greeted', 'alice')
   */
  setSerializeValue: method<
    (
      key: string,
      value: JsonInput | undefined,
      options?: { mode: 'set' | 'add' | 'replace' },
    ) => Promise<void>
  >()({
    name: 'kong.log.set_serialize_value',
    phases: httpRequestPhases,
    args: [a.text('key'), a.json('value'), a.optional(a.object('options'))],
    result: r.nothing,
    since: '2.3',
    protobuf: { takes: 'KV', gives: 'Empty', since: '2.4' },
    finish(args, where) {
      const options = args[2]
      if (options === undefined) return args
      const { mode } = options as { mode?: unknown }
      if (mode !== undefined && mode !== 'set' && mode !== 'add' && mode !== 'replace')
        throw fault('BAD_ARGUMENT', where, 'options.mode', 'set, add or replace', mode)
      return args
    },
  }),

  /**
   * Everything about this request, as Kong's logging plugins write it: the one full account that log has.
   *
   * @returns the record; times in milliseconds since 1970, latencies in milliseconds, sizes in bytes
   * @phases log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.1
   * @fails when another plugin put something into the record that is no JSON
   * @example
   * const { request, response, latencies } = await kong.log.serialize()
   * kong.log.info(request.method, ' ', request.uri, ' ', response.status, ' in ', latencies.request, ' ms')
   */
  serialize: mapped<() => Promise<LogRecord>>()(serialized, parseRecord),

  /**
   * The record of `log.serialize` as Kong wrote it, for plugins that pass it on.
   *
   * @returns JSON text without line breaks
   * @phases log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.1
   * @fails never
   * @example
   * process.stdout.write(`${await kong.log.serializeText()}\n`)
   */
  serializeText: serialized,
} as const
