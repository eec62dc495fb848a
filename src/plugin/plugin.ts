import type { Dialect, Phase } from '../pdk/phases.ts'
import type { KongMembers } from '../schema/index.ts'
import type { EndedEvent } from './watched.ts'

/** A handler as the runtime calls it: `kong` is made for its phase, `state` is what `open` gave. */
export type Handler = (kong: unknown, config: unknown, state: unknown) => unknown

/** What Kong says about an instance beside the author's own configuration. */
export interface InstanceInfo {
  /** The instance's id, as it stands in log lines; unique across the plugin's processes. */
  readonly id: number
  /** Kong's own members of the configuration: plugin id, route id, and so on. */
  readonly kong: Readonly<KongMembers>
}

/**
 * The one shape behind every way of writing a plugin, with all defaults settled: `definePlugin`, the Go shape and
 * kong-pdk modules become this.
 */
export interface Plugin {
  /** `undefined` for "the name of the binary". */
  readonly name: string | undefined
  readonly version: string
  readonly priority: number
  /** The protocol that `-dump` announces and that the server speaks unless `-protocol` says otherwise. */
  readonly protocol: Dialect
  readonly phases: { readonly [P in Phase]?: Handler }
  /** Makes the dump's schema for a name: plain JSON. */
  readonly schema: (name: string) => unknown
  /** From the configuration that Kong sends to what the author's code sees. */
  readonly readConfig: (sent: unknown) => { config: unknown; kong: Readonly<KongMembers> }
  /** Once per instance; what it gives is the handlers' `state`. */
  readonly open: (config: unknown, info: InstanceInfo) => unknown
  /** Undoes `open`. */
  readonly close: (state: unknown, config: unknown) => unknown
  /** Hears of each event that is over; without it none is noted. */
  readonly onEvent?: ((ended: EndedEvent, state: unknown) => unknown) | undefined
  /** What a failing handler means for the request. */
  readonly onError: 'fail' | 'continue'
  /** Milliseconds that a handler may take. */
  readonly timeLimit: number
  /** Milliseconds without an event after which an instance is closed; Kong starts it again when it needs it. */
  readonly idleLimit: number
  /** Bytes of the longest message that is read. */
  readonly frameLimit: number
}

/** A plugin under the name that the dump gives it and that Kong asks for. */
export interface NamedPlugin extends Plugin {
  readonly name: string
}

export const defaults = {
  priority: 0,
  protocol: 'ProtoBuf:1',
  onError: 'fail',
  timeLimit: 30_000,
  idleLimit: 900_000,
  frameLimit: 67_108_864,
} as const
