import { UsageError } from '../../build/errors.ts'
import type { Service } from '../pdk/entities.ts'
import type { Entities } from './declarative/entities.ts'
import { streamProtocols } from './declarative/schemas.ts'

/** Where requests go. */
export interface Upstream {
  readonly protocol: 'http' | 'https' | 'tcp'
  readonly host: string
  readonly port: number
  /** Put before the path of the request; undefined where the URL had none. */
  readonly path: string | undefined
}

const ports = { http: 80, https: 443, tcp: undefined } as const

/** Reads `http://127.0.0.1:3000/base`, `https://host`, or `tcp://host:port`. */
export function readUpstream(text: string): Upstream {
  const wrong = (why: string) =>
    new UsageError(`Cannot send requests to ${text}: ${why}; give a URL as http://127.0.0.1:3000`)
  if (!URL.canParse(text)) throw wrong('it is no URL')
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(text)
  const scheme = protocol.slice(0, -1)
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'tcp')
    throw wrong(`${protocol} is none of http:, https: and tcp:`)
  if (username !== '' || password !== '' || search !== '' || hash !== '')
    throw wrong('it may hold a host, a port and a path only')
  const chosen = port === '' ? ports[scheme] : Number(port)
  if (hostname === '' || chosen === undefined) throw wrong('it names no host or no port')
  const path = pathname === '/' || pathname === '' ? undefined : pathname
  if (scheme === 'tcp' && path !== undefined) throw wrong('a TCP connection has no path')
  return { protocol: scheme, host: hostname.replace(/^\[|\]$/g, ''), port: chosen, path }
}

export function upstreamText({ protocol, host, port, path = '' }: Upstream): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
}

/** All services at other addresses: those of requests at the one, those of streams at the other. */
export function redirected(
  entities: Entities,
  to: { readonly http: Upstream | undefined; readonly stream: Upstream | undefined },
): Entities {
  return {
    ...entities,
    services: entities.services.map((service) => {
      const upstream = isForStreams(service) ? to.stream : to.http
      if (upstream === undefined) return service
      const { protocol, host, port, path } = upstream
      return { ...service, protocol, host, port, ...(path !== undefined && { path }) }
    }),
  }
}

function isForStreams({ protocol }: Service): boolean {
  return streamProtocols.includes(protocol ?? '')
}
