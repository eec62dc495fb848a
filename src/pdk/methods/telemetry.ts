import * as a from '../arguments.ts'
import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const telemetry = {
  /**
   * Hands a log record to Kong's OpenTelemetry plugin.
   *
   * @param pluginName the plugin that logs
   * @param pluginConfig its configuration as the handler got it, with Kong's `__plugin_id`
   * @param messageType a word to filter by
   * @param message the text
   * @param attributes further members of the record
   * @returns `true` when Kong took it, `false` when OpenTelemetry logging is off
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 3.8
   * @fails never
   * @example
   * await kong.telemetry.log('hello', { __plugin_id: 'f0c2' }, 'greeting', 'said hello', { to: 'alice' })
   */
  log: method<
    (
      pluginName: string,
      pluginConfig: object,
      messageType: string,
      message?: string,
      attributes?: object,
    ) => Promise<boolean>
  >()({
    name: 'kong.telemetry.log',
    phases: everyPhase,
    args: [
      a.text('plugin_name'),
      a.object('plugin_config'),
      a.text('message_type'),
      a.optional(a.emptyGap(a.text('message'))),
      a.optional(a.object('attributes')),
    ],
    result: r.done,
    since: '3.8',
  }),
} as const
