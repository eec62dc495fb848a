import type { Consumer, ConsumerGroup, Credential, Protocol, Route, Service } from '../pdk/entities.ts'

/** Header names in lower case, each with all its values. */
export type Headers = Record<string, string[]>

/** A request on its way. */
export interface Request {
  /** In capitals. */
  method: string
  /** `https` is over TLS. */
  scheme: 'http' | 'https'
  /** Without the port. */
  host: string
  /** 1 to 65535. */
  port: number
  /** Without the query. */
  path: string
  /** Without the question mark. */
  query: string
  /** As the client sent them. */
  headers: Headers
  /** Its bytes. */
  body: Buffer
  /** Where nginx put the body when it was too long for its buffer; `body` may be empty then. */
  bodyFile?: string | undefined
  /** 1, 1.1, 2 or 3. */
  httpVersion: number
}

export interface Response {
  status: number
  headers: Headers
  body: Buffer
}

/** A line of Kong's error log, with its parts as the plugin gave them. */
export interface LogLine {
  readonly level: string
  readonly parts: readonly unknown[]
  /** A line that no plugin wrote. */
  readonly by?: 'kong'
}

/**
 * All that a plugin can ask about or change during one request or connection, as plain data. The answers read it and
 * write into it, so that a run's outcome is the world after it.
 */
export interface World {
  subsystem: 'http' | 'stream'
  /** Who asks. */
  client: {
    /** The address that the connection comes from. */
    ip: string
    /** Its port. */
    port: number
    /** The address of the client, as a trusted proxy says. */
    forwardedIp: string
    /** Its port. */
    forwardedPort: number
    /** What the client speaks. */
    protocol: Protocol
    /** The certificates that it has shown, as PEM. */
    certificateChain: string | undefined
    /** Whether a plugin has asked for its certificate, in the handshake. */
    isAskedForCertificate: boolean
  }
  /** As the client sent it; the plugin cannot change it. */
  request: Request
  /** The groups that the route's expression caught: the whole match first. */
  captures: {
    /** In the order of the groups. */
    unnamed: string[]
    /** By the name of the group. */
    named: Record<string, string>
  }
  route: Route | undefined
  service: Service | undefined
  /** Those that Kong knows. */
  consumers: Consumer[]
  /** Who was authenticated, and with what. */
  consumer: Consumer | undefined
  /** What the consumer was authenticated with. */
  credential: Credential | undefined
  /** The consumer groups of who was authenticated. */
  groups: ConsumerGroup[]
  upstream: {
    /** As the service will see it: at first what the client sent. */
    request: Request
    /** Whether the client's body passes by: then it is not in `request`, here and above. */
    isStreamed: boolean
    target: { host: string; port: number }
    /** The host that a plugin chose; nginx sends it as `Host`. */
    host: string | undefined
    settings: Record<string, unknown>
    /** What Kong itself adds to the request, fixed when the route was found. */
    added: Headers
    /** Whether Kong holds the response back until it is complete: for `response` handlers, or as a plugin asked. */
    buffered: boolean
    /** Whether the service has answered. */
    answered: boolean
    /** What the service answers. */
    response: Response
  }
  /** As the client will see it. */
  response: Response & { source: 'service' | 'exit' | 'error' }
  /** What plugins keep for each other during a request. */
  ctx: {
    /** `kong.ctx.shared`. */
    shared: Record<string, unknown>
    /** `kong.nginx` reaches it. */
    nginx: Record<string, unknown>
  }
  log: LogLine[]
  /** What plugins added to the record of `kong.log.serialize`, in order. */
  recorded: SerializeValue[]
  /** nginx variables beyond those that follow from the request. */
  variables: Record<string, string>
  /** Addresses whose `X-Forwarded-*` headers Kong believes. */
  trustedIps: string[]
  /** Kong's upstream entities by name. */
  upstreams: string[]
  /** Secrets by their whole reference. */
  vault: Record<string, string>
  /** What Kong says of itself. */
  node: Node
  /** Kong's id of the request: 32 hexadecimal digits. */
  requestId: string
  /** The workspace of the route. */
  workspace: {
    /** A UUID. */
    id: string
    /** `default` where there is no other. */
    name: string
  }
  /** Milliseconds since 1970. */
  startedAt: number
  /** What Kong has counted and timed. */
  measured: Measured
}

/** The Kong that the plugin asks about itself. */
export interface Node {
  /** A UUID. */
  id: string
  /** Of the machine. */
  hostname: string
  /** A UUID; absent where Kong has no cluster. */
  clusterId: string | undefined
  /** Of the plugin that is configured: a UUID. */
  pluginId: string
  /** Of Kong: `3.9.1`. */
  version: string
  /** `free` is the open-source gateway. */
  edition: 'free' | 'enterprise'
  /** Kong writes no line below it, and does not look at its arguments. */
  logLevel: string
  /** In bytes. */
  memory: {
    /** Shared memory by its name. */
    dicts: Record<
      string,
      {
        /** All of it. */
        capacity: number
        /** Of it in use. */
        allocated: number
      }
    >
    /** The worker processes of nginx. */
    workers: {
      /** The process. */
      pid: number
      /** Of its Lua VM. */
      bytes: number
    }[]
  }
  /** Counts of nginx by their names, as `connections_active`. */
  statistics: Record<string, number>
}

export interface SerializeValue {
  readonly key: string
  readonly value: unknown
  readonly mode: string
}

/** Sizes in bytes and times in milliseconds, which Kong takes and a world is given. */
export interface Measured {
  /** Of the request, headers included. */
  requestSize: number
  /** Of the response, headers included. */
  responseSize: number
  /** Parts of the whole time, by the names of the log record. */
  latencies: Record<string, number>
  /** Attempts to reach the service, as in the log record. */
  tries: Record<string, unknown>[]
  /** Of a stream. */
  session: {
    /** Bytes from the other end. */
    received: number
    /** Bytes to the other end. */
    sent: number
  }
  /** Between Kong and the service. */
  upstream: {
    /** Bytes from the other end. */
    received: number
    /** Bytes to the other end. */
    sent: number
  }
}

/** Parts of a world; what is left out is as in a plain GET request that a service answers with 200. */
export type WorldInput = Partial<
  Omit<World, 'client' | 'request' | 'upstream' | 'response' | 'ctx' | 'node' | 'measured'>
> & {
  /** Who asks. */
  readonly client?: Partial<World['client']>
  readonly request?: Changes<Request>
  readonly upstream?: {
    readonly target?: World['upstream']['target']
    readonly response?: Changes<Response>
  }
  /** What is there already when the request comes. */
  readonly ctx?: Partial<World['ctx']>
  /** What Kong says of itself. */
  readonly node?: Partial<Node>
  /** What Kong has counted and timed. */
  readonly measured?: Partial<Measured>
}

type Changes<T> = Partial<Omit<T, 'headers' | 'body'>> & {
  /** Beside those of a plain one; a list is several lines, an empty one none. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Default: none. */
  readonly body?: string | Uint8Array
}

/** A world of its own: nothing in it is shared with what was given. */
export function createWorld(given: WorldInput = {}): World {
  const request = changed(plainRequest, given.request)
  const { upstream, client, ctx, node, measured, ...rest } = structuredClone(withoutBodies(given))
  return {
    ...structuredClone(plainParts),
    startedAt: Date.now(),
    ...rest,
    client: { ...plainClient, ...client },
    request,
    upstream: {
      request: changed(request),
      isStreamed: false,
      target: upstream?.target ?? { host: 'upstream.example', port: 80 },
      host: undefined,
      settings: {},
      added: {},
      buffered: false,
      answered: false,
      response: changed(plainAnswer, given.upstream?.response),
    },
    response: { status: 200, headers: {}, body: Buffer.alloc(0), source: 'service' },
    ctx: { shared: {}, nginx: {}, ...ctx },
    node: { ...structuredClone(plainNode), ...node },
    measured: { ...structuredClone(plainMeasures), ...measured },
  }
}

function withoutBodies({ request: _, ...given }: WorldInput): Omit<WorldInput, 'request'> {
  return given.upstream === undefined ? given : { ...given, upstream: { ...given.upstream, response: {} } }
}

/** Given headers come first, in their order; one without a value is none. */
function changed<T extends { headers: Headers; body: Buffer }>(plain: T, changes: Changes<T> = {}): T {
  const given = Object.entries(changes.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), [value].flat()] as const,
  )
  const names = new Set(given.map(([name]) => name))
  const kept = Object.entries(plain.headers).filter(([name]) => !names.has(name))
  const headers = [...given, ...kept.map(([name, values]) => [name, [...values]] as const)]
  return {
    ...plain,
    ...changes,
    headers: Object.fromEntries(headers.filter(([, values]) => values.length > 0)),
    body: Buffer.from(changes.body ?? plain.body),
  }
}

const plainClient: World['client'] = {
  ip: '127.0.0.1',
  port: 40000,
  forwardedIp: '127.0.0.1',
  forwardedPort: 40000,
  protocol: 'http',
  certificateChain: undefined,
  isAskedForCertificate: false,
}

const plainRequest: Request = {
  method: 'GET',
  scheme: 'http',
  host: 'example.com',
  port: 8000,
  path: '/hello',
  query: 'name=world',
  headers: { host: ['example.com:8000'], 'user-agent': ['fake-kong'], accept: ['*/*'] },
  body: Buffer.alloc(0),
  httpVersion: 1.1,
}

const plainAnswer: Response = {
  status: 200,
  headers: { 'content-type': ['application/json'] },
  body: Buffer.from('{"message":"hello"}'),
}

const serviceId = '11111111-1111-4111-8111-111111111111'

const plainParts = {
  subsystem: 'http' as const,
  captures: { unnamed: ['/hello'], named: {} },
  route: {
    id: '22222222-2222-4222-8222-222222222222',
    name: 'hello-route',
    protocols: ['http', 'https'] as const,
    paths: ['/hello'],
    strip_path: true,
    preserve_host: false,
    service: { id: serviceId },
  },
  service: {
    id: serviceId,
    name: 'hello-service',
    protocol: 'http' as const,
    host: 'upstream.example',
    port: 80,
    retries: 5,
    connect_timeout: 60000,
    write_timeout: 60000,
    read_timeout: 60000,
  },
  consumers: [{ id: '33333333-3333-4333-8333-333333333333', username: 'alice', custom_id: 'c-1' }],
  consumer: undefined,
  credential: undefined,
  groups: [],
  log: [],
  recorded: [],
  variables: {},
  trustedIps: [],
  upstreams: [],
  vault: {},
  requestId: '5f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f',
  workspace: { id: '66666666-6666-4666-8666-666666666666', name: 'default' },
}

const plainNode: Node = {
  id: '44444444-4444-4444-8444-444444444444',
  hostname: 'kong',
  clusterId: undefined,
  pluginId: '55555555-5555-4555-8555-555555555555',
  version: '3.9.1',
  edition: 'free',
  logLevel: 'notice',
  memory: {
    dicts: {
      kong: { allocated: 40960, capacity: 5242880 },
      kong_db_cache: { allocated: 794624, capacity: 134217728 },
    },
    workers: [{ pid: 100, bytes: 69038274 }],
  },
  statistics: {
    connections_active: 1,
    connections_reading: 0,
    connections_writing: 1,
    connections_waiting: 0,
    connections_accepted: 1,
    connections_handled: 1,
    total_requests: 1,
  },
}

const plainMeasures: Measured = {
  requestSize: 100,
  responseSize: 100,
  latencies: { request: 2, kong: 1, proxy: 1, receive: 0 },
  tries: [],
  session: { received: 0, sent: 0 },
  upstream: { received: 0, sent: 0 },
}
