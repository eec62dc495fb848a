import type { FlowPlugin } from '../fake-kong/flow.ts'
import type { World } from '../fake-kong/world.ts'
import type { Consumer, Route, Service } from '../pdk/entities.ts'
import type { Entities } from './declarative/entities.ts'

/** What a request is routed by. */
export interface RouteRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  /** In lower case, without the port. */
  readonly host: string
  readonly port: number
  /** As the client sent it, without the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** The server name of its TLS handshake. */
  readonly sni: string | undefined
}

/** What a TCP connection is routed by. */
export interface RouteStream {
  readonly protocol: 'tcp' | 'tls'
  readonly source: { readonly ip: string; readonly port: number }
  readonly destination: { readonly ip: string; readonly port: number }
  readonly sni: string | undefined
}

export interface Match {
  readonly route: Route
  /** As the request is to reach it, which is elsewhere where another upstream was asked for. */
  readonly service: Service | undefined
  readonly captures: World['captures']
}

/** Everything that one request runs with: it does not change under way. */
export interface Lease {
  readonly entities: Entities
  readonly plugins: readonly FlowPlugin[]
  /** Who every request comes from, as if a plugin had authenticated it. */
  readonly consumer: Consumer | undefined
  matchRequest(request: RouteRequest): Match | undefined
  matchStream(stream: RouteStream): Match | undefined
  /** Lets go of the plugins' processes. */
  end(): void
}

export interface Leases {
  lease(): Lease
}
