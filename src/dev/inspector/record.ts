// What the inspector knows of one request: JSON, for the page as it is.

export interface RequestSummary {
  readonly id: number
  /** What Kong calls it, in `X-Kong-Request-Id`. */
  readonly requestId: string
  readonly kind: RecordKind
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly state: 'running' | 'done' | 'aborted' | 'refused'
  readonly method: string
  /** Path and query; of a stream its target. */
  readonly url: string
  readonly host: string
  readonly status: number | undefined
  /** Milliseconds until the client was served; `log` comes after it. Undefined while it is not. */
  readonly duration: number | undefined
  readonly route: string | undefined
  readonly consumer: string | undefined
  /** Whether a handler failed. */
  readonly failed: boolean
  /** Those whose handlers ran, in order. */
  readonly plugins: readonly string[]
}

/** `handshake` is the certificate phase of a TLS connection. */
export type RecordKind = 'http' | 'websocket' | 'stream' | 'handshake'

export interface RecordedRequest extends RequestSummary {
  readonly client: { readonly ip: string; readonly port: number }
  readonly service: string | undefined
  /** As the client sent it. */
  readonly came: RecordedMessage
  /** As it went to the service; absent where none was asked. */
  readonly sent?: RecordedSent
  /** What the service answered. */
  readonly answered?: RecordedResponse
  /** What the client got. */
  readonly response?: RecordedResponse & { readonly source: 'service' | 'exit' | 'error' }
  readonly handlers: readonly RecordedHandler[]
  readonly logs: readonly RecordedLog[]
  /** How many lines more there were than are kept. */
  readonly moreLogs?: number
  readonly failures: readonly RecordedFailure[]
}

export interface RecordedMessage {
  readonly method: string
  readonly scheme: string
  readonly url: string
  readonly headers: readonly Header[]
  readonly body: RecordedBody
}

/** `took` is until the answer began; undefined where none did. */
export interface RecordedSent extends RecordedMessage {
  /** Host and port. */
  readonly target: string
  /** Milliseconds since the request began. */
  readonly at: number
  readonly took: number | undefined
}

export interface RecordedResponse {
  readonly status: number
  readonly headers: readonly Header[]
  readonly body: RecordedBody
}

export type Header = readonly [name: string, value: string]

/** `text` where it is UTF-8, else `base64`; the first 64 kB of it. */
export interface RecordedBody {
  /** In bytes, of all of it. */
  readonly size: number
  readonly text?: string
  readonly base64?: string
  readonly isCut: boolean
}

/** Times are milliseconds since the request began. */
export interface RecordedHandler {
  readonly plugin: string
  readonly phase: string
  /** Which state of the plugin's code ran. */
  readonly release: number
  readonly at: number
  readonly took: number | undefined
  readonly end: 'returned' | 'exited' | 'raised' | undefined
  readonly why?: string
  readonly calls: readonly RecordedCall[]
  /** How many calls more it made than are kept. */
  readonly moreCalls?: number
}

export interface RecordedCall {
  readonly method: string
  /** JSON, with long text cut. */
  readonly args: readonly unknown[]
  /** Absent for nil, and where Kong gave no answer. */
  readonly result?: unknown
  readonly at: number
  readonly took: number
  /** Calls of a handler with the same number came in one round trip. */
  readonly trip: number
}

export interface RecordedLog {
  readonly at: number
  readonly level: string
  readonly text: string
  /** The plugin that wrote it; Kong itself where absent. */
  readonly plugin?: string
}

/** A handler that threw, with the author's lines. */
export interface RecordedFailure {
  readonly plugin: string
  readonly phase: string
  readonly message: string
  readonly frames: readonly RecordedFrame[]
}

export interface RecordedFrame {
  readonly text: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** Lines around it, where the file can be read. */
  readonly excerpt?: readonly { readonly line: number; readonly text: string }[]
}
