// What the page and its server say to each other, beside `record.ts`. All bodies are JSON.
//
//   GET    /api/events               server-sent events: `state` DevState, `request` RequestSummary, `cleared`
//   GET    /api/requests             RequestSummary[], the newest first
//   DELETE /api/requests
//   GET    /api/requests/ID          RecordedRequest
//   GET    /api/requests/ID/test     a test of kong-ts-pdk/testing, as text; ?plugin=NAME chooses one of several
//   POST   /api/send                 SendRequest -> SentRequest
//   GET    /api/plugins              PluginConfig[]
//   PUT    /api/plugins/ID/config    object -> PluginConfig, or 400 with an AdminError
//
// A request that cannot be carried out is answered with its status and a Refusal.
import type { Header } from './record.ts'

export interface DevState {
  readonly version: string
  /** Addresses, as `http://127.0.0.1:8000`. */
  readonly gateway: { readonly http: string; readonly https?: string; readonly stream?: string }
  /** Where requests go. */
  readonly upstream: string
  readonly programs: readonly ProgramState[]
  /** What of kong.yml the local gateway does not do. */
  readonly notes: readonly string[]
  /** Why a file as it is saved now is not what runs. */
  readonly problems: readonly { readonly source: string; readonly text: string }[]
}

export interface ProgramState {
  readonly file: string
  readonly release: number
  readonly protocol: string
  readonly plugins: readonly {
    readonly name: string
    readonly version: string
    readonly priority: number
    readonly phases: readonly string[]
  }[]
}

/** A request that the gateway is to be sent. */
export interface SendRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: readonly Header[]
  readonly body: string
  /** Whether it goes over TLS. */
  readonly tls?: boolean
}

export interface SentRequest {
  readonly status: number
  /** Finds it among the requests. */
  readonly requestId: string | undefined
}

export interface PluginConfig {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  /** As `route hello-route`, or `all requests`. */
  readonly scope: string
  /** As written, in kong.yml or on the page. */
  readonly given: object
  /** With the schema's defaults, as the plugin gets it. */
  readonly effective: object
  /** Whether it was changed on the page since the file was read. */
  readonly isEdited: boolean
  /** The config record's fields, in Kong's schema language. */
  readonly fields: readonly unknown[]
}

export interface Refusal {
  readonly message: string
}
