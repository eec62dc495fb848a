import type { WorldInput } from '../fake-kong/world.ts'
import type { Consumer, Route, Service } from '../pdk/entities.ts'
import type { Dialect, Phase } from '../pdk/phases.ts'
import type { KongPdkModule } from '../plugin/kong-pdk-module.ts'
import type { Fields, Input } from '../schema/index.ts'
import type { UpstreamRequest } from './outcome.ts'

/** What `definePlugin` returned. */
export interface Definition {
  /** `x.y.z`. */
  readonly version: string
  /** The fields that an operator may set. */
  readonly config?: Fields
}

/** A definition, a module whose default export is one, a module of Kong's JavaScript kit, or the path of a binary. */
export type Runnable =
  | Definition
  | {
      /** What the plugin's file exports. */
      readonly default: Definition | KongPdkModule
    }
  | KongPdkModule
  | string

/** What an operator may write as the plugin's configuration. */
export type ConfigInput<P> = P extends { readonly default: infer M }
  ? ConfigInput<M>
  : P extends { readonly version: string; readonly config?: infer F }
    ? NonNullable<F> extends Fields
      ? Input<NonNullable<F>>
      : object
    : object

/** Where the plugin runs and how Kong talks to it. */
export interface StartOptions<O extends readonly Runnable[] = readonly Runnable[]> {
  /** `memory` (default): no socket and no process. `wire`: over a private socket of this process. A binary has neither. */
  readonly level?: 'memory' | 'wire'
  /** Default: what the plugin's dump announces. */
  readonly dialect?: Dialect
  /** What Kong calls the plugin. Of a binary: which of its plugins, where it holds several. */
  readonly name?: string
  /** Milliseconds that each wait may take. Default 10,000. */
  readonly limit?: number
  /** Workers of Kong, each with an instance of its own, that take requests in turn. Default 1. */
  readonly workers?: number
  /** Kong's bytes arrive in pieces of so many; not in memory. */
  readonly pieces?: number
  /**
   * Other plugins on the same requests, which Kong runs in the order of all priorities. What they do to a request and what
   * they log is in its outcome, what they call is not.
   */
  readonly others?: { readonly [K in keyof O]: OtherPlugin<O[K]> }
}

/** A plugin on the same requests, with its configuration. */
export type OtherPlugin<P> = {
  /** As `run` takes it. */
  readonly plugin: P
  /** What Kong calls it. Of a binary: which of its plugins, where it holds several. */
  readonly name?: string
} & WithConfig<ConfigInput<P>>

/** One as the code that does not know its type sees it. */
export interface AnyOtherPlugin {
  readonly plugin: unknown
  readonly name?: string
  readonly config?: object
}

/** One request or connection, and the world around it. What is left out is as in a plain GET that is answered with 200. */
export interface RequestOptions
  extends Pick<
    WorldInput,
    | 'captures'
    | 'client'
    | 'consumers'
    | 'credential'
    | 'ctx'
    | 'groups'
    | 'measured'
    | 'node'
    | 'requestId'
    | 'trustedIps'
    | 'upstreams'
    | 'variables'
    | 'vault'
    | 'workspace'
  > {
  /** The `path` may have a query. */
  readonly request?: NonNullable<WorldInput['request']>
  /** Parts over those of a plain one; `null` for none, which Kong answers with 404. */
  readonly route?: Partial<Route> | null
  /** `null` for none, which Kong answers with 503 behind `access`. */
  readonly service?: Partial<Service> | null
  /** Who was authenticated before. Kong knows it too. */
  readonly consumer?: Partial<Consumer>
  /** A TCP connection in place of a request. Default: for plugins with `preread` and no phase of requests. */
  readonly stream?: boolean
  /** The only handlers to run. */
  readonly phases?: readonly Phase[]
  /** What the service answers. Default: 200 with a short JSON. */
  readonly upstream?: UpstreamScript
  /** What Kong's clock says at the start of the request. */
  readonly now?: number | Date
  /** The plugin's own `Date` stands still at `now`; in memory only. */
  readonly freezeDate?: boolean
  /** What goes wrong on Kong's side. Default: nothing. */
  readonly fault?: Fault
}

/** What the service answers: `echo` with the request as JSON, the same each time, or as a function of the request. */
export type UpstreamScript =
  | 'echo'
  | UpstreamAnswer
  | ((request: UpstreamRequest) => UpstreamAnswer | Promise<UpstreamAnswer>)

/** A response of the service. */
export interface UpstreamAnswer {
  /** Default 200. */
  readonly status?: number
  /** A list is several lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object
}

/** What goes wrong on Kong's side; calls have Kong's own names, as `kong.request.get_header`. */
export type Fault =
  | {
      /** Kong raises at this call: the client gets 500. */
      readonly raise: string
      /** Kong's words. */
      readonly words?: string
    }
  | {
      /** Kong goes away at this call. */
      readonly close: string
    }
  | {
      /** Kong answers this call later. */
      readonly stall: string
      /** So many milliseconds. */
      readonly ms: number
    }
  | {
      /** The server is started again before this phase; not in memory. */
      readonly restart: Phase
    }

/** One request, and the configuration with which the plugin meets it. */
export type RunOptions<P> = RequestOptions & WithConfig<ConfigInput<P>>

type WithConfig<C> = object extends C
  ? { readonly config?: C }
  : Record<never, never> extends C
    ? { readonly config?: C }
    : { readonly config: C }

/** The options may be left out where the configuration may. */
export type OptionsOf<P, O> = Record<never, never> extends ConfigInput<P> ? [options?: O] : [options: O]

/** Options as the code that does not know the plugin's type sees them. */
export type AnyRunOptions = RequestOptions & { readonly config?: object }
