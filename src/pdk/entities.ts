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

/** @internal Methods that `kong.service.request.setMethod` takes: those that nginx knows. */
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
/**
 * A method that `kong.service.request.setMethod` takes, in capitals.
 * @useDeclaredType
 */
export type HttpMethod = (typeof httpMethods)[number]

/** @internal Encodings that `kong.service.request.setBody` knows. */
export const bodyTypes = [
  'application/x-www-form-urlencoded',
  'application/json',
  'multipart/form-data',
] as const
/**
 * An encoding that `kong.service.request.setBody` takes.
 * @useDeclaredType
 */
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
  /** A UUID. */
  readonly id: string
}

/**
 * A route as the Admin API shows it. ProtoBuf:1 carries fewer members than MsgPack:1, so all but `id` may be
 * absent.
 */
export interface Route extends EntityId {
  /** Unique in its workspace. */
  readonly name?: string
  /** Seconds since 1970, as `updated_at`. */
  readonly created_at?: number
  /** Seconds since 1970. */
  readonly updated_at?: number
  /** What it takes requests or connections over. */
  readonly protocols?: readonly Protocol[]
  /** Methods that it matches, in capitals; all where absent. */
  readonly methods?: readonly string[]
  /** Hosts that it matches, with `*` at one end at most; all where absent. */
  readonly hosts?: readonly string[]
  /** Beginnings of paths that it matches; regular expressions begin with `~` from Kong 3.0 on. */
  readonly paths?: readonly string[]
  /** Values that it wants of headers, by name. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
  /** Server names of the TLS handshake that it matches. */
  readonly snis?: readonly string[]
  /** Where connections of a stream come from. */
  readonly sources?: readonly IpAndPort[]
  /** Where connections of a stream go to. */
  readonly destinations?: readonly IpAndPort[]
  /** Its rule, where Kong routes by expressions. */
  readonly expression?: string
  /** Of an expression: the highest that matches wins. */
  readonly priority?: number
  /** Of regular expressions in `paths`: the highest is tried first. */
  readonly regex_priority?: number
  /** What a plain request gets where `protocols` has only secure ones: 426 by default. */
  readonly https_redirect_status_code?: number
  /** Whether the part of the path that matched is taken off before the service gets it. */
  readonly strip_path?: boolean
  /** Whether the service gets the client's `Host`, and not its own. */
  readonly preserve_host?: boolean
  /** How the service's path and the request's are joined. */
  readonly path_handling?: 'v0' | 'v1'
  /** Whether Kong reads the whole request before it goes on. */
  readonly request_buffering?: boolean
  /** Whether Kong reads the whole response before the client gets it. */
  readonly response_buffering?: boolean
  /** Words of the operator. */
  readonly tags?: readonly string[]
  /** The service that it leads to; absent where it has none. */
  readonly service?: EntityId
  /** Id of its workspace. */
  readonly ws_id?: string
}

/** One end of a connection; what is absent matches all. */
export interface IpAndPort {
  /** An address, or a range such as `10.0.0.0/8`. */
  readonly ip?: string
  /** 1 to 65535. */
  readonly port?: number
}

/** A service as the Admin API shows it. ProtoBuf:1 carries fewer members, so all but `id` may be absent. */
export interface Service extends EntityId {
  /** Unique in its workspace. */
  readonly name?: string
  /** Seconds since 1970, as `updated_at`. */
  readonly created_at?: number
  /** Seconds since 1970. */
  readonly updated_at?: number
  /** How Kong speaks with it. */
  readonly protocol?: Protocol
  /** A name, an address, or the name of an upstream. */
  readonly host?: string
  /** 1 to 65535. */
  readonly port?: number
  /** What comes before the path of each request. */
  readonly path?: string
  /** How often Kong tries again: 5 by default. */
  readonly retries?: number
  /** Milliseconds, as `write_timeout` and `read_timeout`. */
  readonly connect_timeout?: number
  /** Milliseconds between two writes. */
  readonly write_timeout?: number
  /** Milliseconds between two reads. */
  readonly read_timeout?: number
  /** A service that is not gets no requests. */
  readonly enabled?: boolean
  /** Whether its certificate is checked; nginx's own setting where absent. */
  readonly tls_verify?: boolean
  /** How many certificates there may be between its own and a trusted one. */
  readonly tls_verify_depth?: number
  /** Ids of the certificates that are trusted for it. */
  readonly ca_certificates?: readonly string[]
  /** What Kong shows to it. */
  readonly client_certificate?: EntityId
  /** Words of the operator. */
  readonly tags?: readonly string[]
  /** Id of its workspace. */
  readonly ws_id?: string
}

/** A consumer as the Admin API shows it. */
export interface Consumer extends EntityId {
  /** Unique in its workspace. */
  readonly username?: string
  /** Its id in a system of the operator. */
  readonly custom_id?: string
  /** Seconds since 1970, as `updated_at`. */
  readonly created_at?: number
  /** Seconds since 1970. */
  readonly updated_at?: number
  /** Words of the operator. */
  readonly tags?: readonly string[]
  /** Id of its workspace. */
  readonly ws_id?: string
}

/** What a consumer identified itself with. MsgPack:1 gives all members of Kong's entity, secrets included. */
export interface Credential extends EntityId {
  /** Set by plugins that fill it in; Kong's own keep the consumer in `consumer`. */
  readonly consumer_id?: string
  /** The consumer that it is of. */
  readonly consumer?: EntityId
  /** Members of the plugin's own entity, as `key` of key-auth. */
  readonly [member: string]: unknown
}

/** A consumer group of Kong Gateway Enterprise. */
export interface ConsumerGroup extends EntityId {
  /** Unique in its workspace. */
  readonly name?: string
  /** Members that differ between versions of Kong. */
  readonly [member: string]: unknown
}

/** Bytes, or 1024, 1024², 1024³ of them; capitals mean the same. */
export type MemoryUnit = 'b' | 'k' | 'm' | 'g' | 'B' | 'K' | 'M' | 'G'

/** Memory of Kong; sizes are bytes, or text such as `1.50 MiB` when a unit was asked for. */
export interface MemoryStats<Size = number> {
  /** The shared memory of nginx, by its name in the configuration. */
  readonly lua_shared_dicts: Readonly<
    Record<
      string,
      {
        /** Of it in use. */
        readonly allocated_slabs: Size
        /** All of it. */
        readonly capacity: Size
      }
    >
  >
  /** Each worker process of nginx. */
  readonly workers_lua_vms: readonly {
    /** The worker's process. */
    readonly pid: number
    /** Memory of the worker's Lua VM for HTTP; absent where the stream subsystem answers. */
    readonly http_allocated_gc?: Size
    /** The same of the stream subsystem. */
    readonly stream_allocated_gc?: Size
  }[]
}

/** Counts of this nginx, all workers together. */
export interface NginxStatistics {
  /** Connections of clients that are open, waiting ones included. */
  readonly connections_active: number
  /** Those whose request is being read. */
  readonly connections_reading: number
  /** Those that are being answered. */
  readonly connections_writing: number
  /** Those that are kept open without a request. */
  readonly connections_waiting: number
  /** Connections since the start. */
  readonly connections_accepted: number
  /** Those of them that were not closed for want of room. */
  readonly connections_handled: number
  /** Requests since the start. */
  readonly total_requests: number
}

/** What the groups of a route's regular expression caught, without the whole match. */
export interface UriCaptures {
  /** In the order of the groups. */
  readonly unnamed: string[]
  /** By the name of the group: `(?P<id>...)`. */
  readonly named: Record<string, string>
}

/** The parts of `{vault://env/my-secret/key}`. */
export interface VaultReference {
  /** Which vault: `env`. */
  readonly name: string
  /** Which secret: `my-secret`. */
  readonly resource: string
  /** Which value of it, where it holds several. */
  readonly key?: string
  /** Of the secret; the newest where absent. */
  readonly version?: number
  /** What the reference says to the vault behind its question mark. */
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
  /** The address of the client, or what a trusted proxy says of it. */
  readonly client_ip: string
  /** As Kong received it. */
  readonly request: {
    /** Kong's id of the request, from Kong 3.5 on. */
    readonly id?: string
    /** In capitals. */
    readonly method: string
    /** Path and query, as received. */
    readonly uri: string
    /** With scheme, host and port. */
    readonly url: string
    /** Bytes, headers included. */
    readonly size: number
    /** Names in lower case; Kong hides `authorization` and `proxy-authorization`, and nothing else. */
    readonly headers: RecordedHeaders
    /** Arguments by name; `true` for one without a value. */
    readonly querystring: Readonly<Record<string, string | true | readonly (string | true)[]>>
    /** Of a request over TLS. */
    readonly tls?: {
      /** `TLSv1.3` */
      readonly version?: string
      /** OpenSSL's name. */
      readonly cipher?: string
      /** `SUCCESS`, `NONE`, or `FAILED` with a reason. */
      readonly client_verify?: string
    }
    readonly [member: string]: unknown
  }
  /** As the client got it. */
  readonly response: {
    /** What the client got. */
    readonly status: number
    /** Bytes, headers included. */
    readonly size: number
    /** Names in lower case. */
    readonly headers: RecordedHeaders
    readonly [member: string]: unknown
  }
  /** Milliseconds: `request` in all, `kong` in Kong and its plugins, `proxy` until the service answered. */
  readonly latencies: {
    /** From the first byte of the request to the last of the response. */
    readonly request: number
    /** In Kong and its plugins. */
    readonly kong: number
    /** Until the service answered; -1 where it did not. */
    readonly proxy: number
    /** Reading the service's response, from Kong 3.7 on. */
    readonly receive?: number
    readonly [member: string]: unknown
  }
  /** Path and query as the service saw them. */
  readonly upstream_uri?: string
  /** What the service answered; text with several where Kong tried several times. */
  readonly upstream_status?: number | string
  /** Who answered: `upstream`, `exit` or `error`, in Kong's words. */
  readonly source?: string
  /** Each attempt to reach the service. */
  readonly tries?: readonly {
    /** Where it went. */
    readonly ip?: string
    /** 1 to 65535. */
    readonly port?: number
    /** Milliseconds since 1970. */
    readonly balancer_start?: number
    /** Milliseconds. */
    readonly balancer_latency?: number
    /** What the service answered, where it failed. */
    readonly code?: number
    /** `failed` or `next`, where it failed. */
    readonly state?: string
    readonly [member: string]: unknown
  }[]
  /** In the stream subsystem only, in place of `request` and `response`. */
  readonly session?: {
    /** nginx's word for how the connection ended: 200, or as for a request. */
    readonly status: number
    /** Bytes from the client. */
    readonly received: number
    /** Bytes to the client. */
    readonly sent: number
    readonly [member: string]: unknown
  }
  /** The route that matched; absent where none did. */
  readonly route?: Route
  /** The service of the route. */
  readonly service?: Service
  /** Who was authenticated. */
  readonly consumer?: Consumer
  /** The credential by which the consumer is known. */
  readonly authenticated_entity?: EntityId & { readonly [member: string]: unknown }
  /** Id of the workspace. */
  readonly workspace?: string
  /** Its name. */
  readonly workspace_name?: string
  readonly [member: string]: unknown
}
