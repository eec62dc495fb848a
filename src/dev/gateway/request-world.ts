import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { currentHost } from '../../fake-kong/proxy.ts'
import { createWorld, type World, type WorldInput } from '../../fake-kong/world.ts'
import type { Lease } from '../lease.ts'
import { readHeaders, textOfBytes } from './headers.ts'

/** The world of a request that has just come in; its route is found later. `undefined` for what nginx answers with 400. */
export function requestWorld(request: IncomingMessage, lease: Lease): World | undefined {
  const { method = 'GET', rawHeaders, socket } = request
  const headers = readHeaders(rawHeaders)
  const target = targetOf(textOfBytes(request.url ?? ''))
  const named = target?.host ?? headers.host?.[0] ?? ''
  if (target === undefined || (headers.host?.length ?? 0) > 1 || !/^[^\s/\\]*$/.test(named)) return undefined
  const isTls = socket instanceof TLSSocket
  const body = ['content-length', 'transfer-encoding'].map((name) => headers[name]?.[0])
  const world = createWorld({
    ...commonParts(lease),
    client: {
      ...clientOf(socket),
      protocol: isTls ? 'https' : 'http',
      certificateChain: isTls ? certificateChain(socket) : undefined,
    },
    request: {
      method,
      scheme: isTls ? 'https' : 'http',
      host: named.replace(/:\d*$/, '').toLowerCase(),
      port: socket.localPort ?? 0,
      path: target.path,
      query: target.query,
      httpVersion: Number(request.httpVersion),
    },
    variables: isTls ? tlsVariables(socket) : {},
    route: undefined,
    service: undefined,
    captures: { unnamed: [], named: {} },
    measured: { requestSize: headSize(request), latencies: { request: 0, kong: 0, proxy: -1, receive: 0 } },
  })
  // What the plain request has of its own is not the client's.
  world.request.headers = headers
  world.upstream.request.headers = structuredClone(headers)
  world.upstream.isStreamed = body.some((value) => value !== undefined && value !== '0')
  return world
}

/** Finds the route as Kong does, by what `rewrite` may have changed. */
export function routeWorld(world: World, lease: Lease): void {
  const { request, upstream, variables } = world
  const match = lease.matchRequest({
    method: upstream.request.method,
    scheme: request.scheme,
    host: currentHost(world),
    port: request.port,
    path: request.path,
    headers: upstream.request.headers,
    sni: variables.ssl_server_name,
  })
  world.route = match?.route
  world.service = match?.service
  if (match !== undefined) world.captures = match.captures
}

/** What all worlds have in common. */
export function commonParts({ consumer, entities }: Lease): WorldInput {
  return {
    consumer,
    consumers: [...entities.consumers],
    requestId: randomBytes(16).toString('hex'),
    startedAt: Date.now(),
  }
}

export function clientOf({ remoteAddress, remotePort }: Socket): NonNullable<WorldInput['client']> {
  const [ip, port] = [remoteAddress ?? '127.0.0.1', remotePort ?? 0]
  return { ip, port, forwardedIp: ip, forwardedPort: port }
}

/** Path and query; a target with a host of its own is for a proxy, and nginx takes the host from it. */
function targetOf(url: string): { host?: string; path: string; query: string } | undefined {
  const [, host, rest = url] = /^https?:\/\/([^/?]+)(.*)$/is.exec(url) ?? []
  const [path = '', query = ''] = splitAt(rest, '?')
  if (host !== undefined && path === '') return { host, path: '/', query }
  return path.startsWith('/') ? { ...(host !== undefined && { host }), path, query } : undefined
}

function splitAt(text: string, mark: string): [string, string] {
  const index = text.indexOf(mark)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

function headSize({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  const line = method.length + url.length + ' HTTP/1.1\r\n'.length + 1
  return rawHeaders.reduce((size, part) => size + part.length + 2, line + 2)
}

function tlsVariables(socket: TLSSocket): World['variables'] {
  const name = (socket as { servername?: unknown }).servername
  const hasCertificate = Object.keys(socket.getPeerCertificate()).length > 0
  return {
    ssl_protocol: socket.getProtocol() ?? '',
    ssl_cipher: socket.getCipher().standardName ?? socket.getCipher().name,
    ssl_client_verify: !hasCertificate
      ? 'NONE'
      : socket.authorized
        ? 'SUCCESS'
        : `FAILED:${String(socket.authorizationError)}`,
    ...(typeof name === 'string' && name !== '' && { ssl_server_name: name }),
  }
}

function certificateChain(socket: TLSSocket): string | undefined {
  const parts: string[] = []
  const seen = new Set<string>()
  let one = socket.getPeerCertificate(true)
  while (one?.raw !== undefined && !seen.has(one.fingerprint256)) {
    seen.add(one.fingerprint256)
    const lines = one.raw.toString('base64').match(/.{1,64}/g) ?? []
    parts.push(['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'))
    one = one.issuerCertificate
  }
  return parts.length === 0 ? undefined : parts.join('')
}
