import * as a from '../arguments.ts'
import type { Json, JsonInput } from '../entities.ts'
import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const ctx = {
  shared: {
    /**
     * Reads a value that this or another plugin shared within this request.
     *
     * @param key the name under which it was shared
     * @returns the value, or `undefined` when nothing is there. Kong cannot tell `{}` from `[]`: an empty
     *   list or object arrives as an empty one of either kind
     * @phases all
     * @dialects ProtoBuf:1, MsgPack:1
     * @since Kong 2.0
     * @fails when the value holds what cannot leave Kong (over ProtoBuf:1, lists with gaps, and up to Kong 2.8
     *   any list): Kong raises
     * @example
     * if ((await kong.ctx.shared.get('checked')) !== true) kong.log.notice('not checked yet')
     */
    get: method<(key: string) => Promise<Json | undefined>>()({
      name: 'kong.ctx.shared.get',
      phases: everyPhase,
      args: [a.text('k')],
      result: r.value,
      since: '2.0',
      protobuf: { takes: 'String', gives: 'Value', since: '2.4' },
    }),

    /**
     * Shares a value with this plugin's later phases and with all other plugins, for this request.
     * In log it changes a snapshot that nobody else reads; in certificate it lasts for the handshake.
     *
     * @param key the name to share it under
     * @param value any JSON value; `undefined` and `null` delete the key
     * @returns nothing
     * @phases all
     * @dialects ProtoBuf:1, MsgPack:1
     * @since Kong 2.0
     * @fails for what the dialect cannot carry: over ProtoBuf:1 `false` anywhere and `null` inside, over
     *   MsgPack:1 `null` in a list
     * @example
     * kong.ctx.shared.set('checked', true)
     */
    set: method<(key: string, value: JsonInput | undefined) => Promise<void>>()({
      name: 'kong.ctx.shared.set',
      phases: everyPhase,
      args: [a.text('k'), a.json('v')],
      result: r.nothing,
      since: '2.0',
      protobuf: { takes: 'KV', gives: 'Empty', since: '2.4' },
    }),
  },
} as const
