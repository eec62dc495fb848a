/** What JSON can hold; a member that is `undefined` is left out. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [member: string]: Json | undefined }

/**
 * A value to send as JSON. `object` lets interfaces and class instances in; what their members hold is checked when
 * they are sent.
 */
export type JsonInput = null | boolean | number | string | object

/** A header's value to write: a list makes several lines. */
export type HeaderValue = string | number | boolean | readonly (string | number | boolean)[]

/** A query argument to write: `true` is a bare `?flag`, a list repeats the name, `false` leaves it out. */
export type QueryValue = string | number | boolean | readonly (string | number | boolean)[]

/** Methods that `kong.service.request.setMethod` takes: those that nginx knows. */
export const httpMethods = [
  'GET',
  'HEAD',
  'PUT',
  'POST',
  'DELETE',
  'OPTIONS',
  'MKCOL',
  'COPY',
  'MOVE',
  'PROPFIND',
  'PROPPATCH',
  'LOCK',
  'UNLOCK',
  'PATCH',
  'TRACE',
] as const
export type HttpMethod = (typeof httpMethods)[number]

/** Encodings that `kong.service.request.setBody` knows. */
export const bodyTypes = [
  'application/x-www-form-urlencoded',
  'application/json',
  'multipart/form-data',
] as const
export type BodyType = (typeof bodyTypes)[number]

/** Protocols that a route can have. */
export type Protocol =
  | 'http'
  | 'https'
  | 'grpc'
  | 'grpcs'
  | 'tcp'
  | 'tls'
  | 'tls_passthrough'
  | 'udp'
  | 'ws'
  | 'wss'

/** A reference from one entity to another. */
export interface EntityId {
  readonly id: string
}

/**
 * A route as the Admin API shows it. ProtoBuf:1 carries fewer members than MsgPack:1, so all but `id` may be
 * absent.
 */
export interface Route extends EntityId {
  readonly name?: string
  /** Seconds since 1970, as `updated_at`. */
  readonly created_at?: number
  readonly updated_at?: number
  readonly protocols?: readonly Protocol[]
  readonly methods?: readonly string[]
  readonly hosts?: readonly string[]
  readonly paths?: readonly string[]
  readonly headers?: Readonly<Record<string, readonly string[]>>
  readonly snis?: readonly string[]
  readonly sources?: readonly IpAndPort[]
  readonly destinations?: readonly IpAndPort[]
  readonly expression?: string
  readonly priority?: number
  readonly regex_priority?: number
  readonly https_redirect_status_code?: number
  readonly strip_path?: boolean
  readonly preserve_host?: boolean
  readonly path_handling?: 'v0' | 'v1'
  readonly request_buffering?: boolean
  readonly response_buffering?: boolean
  readonly tags?: readonly string[]
  readonly service?: EntityId
  readonly ws_id?: string
}

export interface IpAndPort {
  readonly ip?: string
  readonly port?: number
}

/** A service as the Admin API shows it. ProtoBuf:1 carries fewer members, so all but `id` may be absent. */
export interface Service extends EntityId {
  readonly name?: string
  /** Seconds since 1970, as `updated_at`. */
  readonly created_at?: number
  readonly updated_at?: number
  readonly protocol?: Protocol
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly retries?: number
  /** Milliseconds, as `write_timeout` and `read_timeout`. */
  readonly connect_timeout?: number
  readonly write_timeout?: number
  readonly read_timeout?: number
  readonly enabled?: boolean
  readonly tls_verify?: boolean
  readonly tls_verify_depth?: number
  readonly ca_certificates?: readonly string[]
  readonly client_certificate?: EntityId
  readonly tags?: readonly string[]
  readonly ws_id?: string
}

/** A consumer as the Admin API shows it. */
export interface Consumer extends EntityId {
  readonly username?: string
  readonly custom_id?: string
  /** Seconds since 1970, as `updated_at`. */
  readonly created_at?: number
  readonly updated_at?: number
  readonly tags?: readonly string[]
  readonly ws_id?: string
}

/** What a consumer identified itself with. MsgPack:1 gives all members of Kong's entity, secrets included. */
export interface Credential extends EntityId {
  /** Set by plugins that fill it in; Kong's own keep the consumer in `consumer`. */
  readonly consumer_id?: string
  readonly consumer?: EntityId
  readonly [member: string]: unknown
}

/** A consumer group of Kong Gateway Enterprise. */
export interface ConsumerGroup extends EntityId {
  readonly name?: string
  readonly [member: string]: unknown
}

export type MemoryUnit = 'b' | 'k' | 'm' | 'g' | 'B' | 'K' | 'M' | 'G'

/** Memory of Kong; sizes are bytes, or text such as `1.50 MiB` when a unit was asked for. */
export interface MemoryStats<Size = number> {
  readonly lua_shared_dicts: Readonly<
    Record<string, { readonly allocated_slabs: Size; readonly capacity: Size }>
  >
  readonly workers_lua_vms: readonly {
    readonly pid: number
    /** Memory of the worker's Lua VM for HTTP; absent where the stream subsystem answers. */
    readonly http_allocated_gc?: Size
    readonly stream_allocated_gc?: Size
  }[]
}

/** Counts of this nginx, all workers together. */
export interface NginxStatistics {
  readonly connections_active: number
  readonly connections_reading: number
  readonly connections_writing: number
  readonly connections_waiting: number
  readonly connections_accepted: number
  readonly connections_handled: number
  readonly total_requests: number
}

/** What the groups of a route's regular expression caught, without the whole match. */
export interface UriCaptures {
  readonly unnamed: string[]
  readonly named: Record<string, string>
}

/** The parts of `{vault://env/my-secret/key}`. */
export interface VaultReference {
  readonly name: string
  readonly resource: string
  readonly key?: string
  readonly version?: number
  readonly config?: Json
}

/** Headers in a log record: text, or a list where a header stood several times. */
export type RecordedHeaders = Readonly<Record<string, string | readonly string[]>>

/**
 * Everything about one request, as Kong's logging plugins write it. Members beyond these come from Kong's
 * version and from `kong.log.setSerializeValue`. In the stream subsystem `request` and `response` are absent.
 */
export interface LogRecord {
  /** When nginx began to read the request, in milliseconds since 1970. */
  readonly started_at: number
  readonly client_ip: string
  readonly request: {
    readonly id?: string
    readonly method: string
    /** Path and query, as received. */
    readonly uri: string
    readonly url: string
    /** Bytes, headers included. */
    readonly size: number
    readonly headers: RecordedHeaders
    readonly querystring: Readonly<Record<string, string | true | readonly (string | true)[]>>
    readonly tls?: { readonly version?: string; readonly cipher?: string; readonly client_verify?: string }
    readonly [member: string]: unknown
  }
  readonly response: {
    readonly status: number
    /** Bytes, headers included. */
    readonly size: number
    readonly headers: RecordedHeaders
    readonly [member: string]: unknown
  }
  /** Milliseconds: `request` in all, `kong` in Kong and its plugins, `proxy` until the service answered. */
  readonly latencies: {
    readonly request: number
    readonly kong: number
    readonly proxy: number
    readonly receive?: number
    readonly [member: string]: unknown
  }
  /** Path and query as the service saw them. */
  readonly upstream_uri?: string
  readonly upstream_status?: number | string
  /** Who answered: `upstream`, `exit` or `error`, in Kong's words. */
  readonly source?: string
  readonly tries?: readonly {
    readonly ip?: string
    readonly port?: number
    /** Milliseconds since 1970. */
    readonly balancer_start?: number
    /** Milliseconds. */
    readonly balancer_latency?: number
    readonly code?: number
    readonly state?: string
    readonly [member: string]: unknown
  }[]
  /** In the stream subsystem only, in place of `request` and `response`. */
  readonly session?: {
    readonly status: number
    /** Bytes from the client. */
    readonly received: number
    /** Bytes to the client. */
    readonly sent: number
    readonly [member: string]: unknown
  }
  readonly route?: Route
  readonly service?: Service
  readonly consumer?: Consumer
  readonly authenticated_entity?: EntityId & { readonly [member: string]: unknown }
  readonly workspace?: string
  readonly workspace_name?: string
  readonly [member: string]: unknown
}
