import { statSync } from 'node:fs'
import { setMember } from '../set-member.ts'
import { firstHeader, hopByHop } from './headers.ts'
import { isTrusted } from './ip.ts'
import { escapedPath, normalizedPath } from './uri.ts'
import type { Headers, Request, World } from './world.ts'

/** What Kong does once the route is found, before `access`: the service's address and path take the place of the client's. */
export function routeRequest(world: World): void {
  const { service, upstream, request } = world
  if (service?.host !== undefined) upstream.target = { host: service.host, port: service.port ?? 80 }
  upstream.request.scheme = service?.protocol === 'https' ? 'https' : 'http'
  upstream.request.path = escapedPath(pathFor(world, service?.path ?? '/', normalizedPath(request.path)))
  upstream.added = addedHeaders(world)
}

/** The request as Kong sends it to the service. */
export function upstreamRequest(world: World): Request {
  const { added, host, request } = world.upstream
  const { via, ...others } = added
  const dropped = namedByConnection(world.request.headers)
  const headers: Headers = {
    ...(via !== undefined && { via }),
    host: [host ?? serviceHost(world)],
    ...others,
    ...bodyHeaders(world),
  }
  for (const [name, values] of Object.entries(request.headers))
    if (!notPassedOn.has(name) && !dropped.includes(name) && !Object.hasOwn(headers, name))
      setMember(headers, name, [...values])
  return { ...request, headers }
}

export function pathWithQuery({ path, query }: Request): string {
  return query === '' ? path : `${path}?${query}`
}

/** The part of the path that the route strips, if it strips one. */
export function strippedPrefix({ route, captures }: World, path: string): string | undefined {
  if (route?.strip_path !== true) return undefined
  const [whole = ''] = captures.unnamed
  const plain = route.paths?.filter((own) => !own.startsWith('~') && path.startsWith(own)) ?? []
  const longest = plain.reduce((best, own) => (own.length > best.length ? own : best), '')
  // An expression may match within the path: Kong strips as many characters all the same.
  const isExpression = plain.length === 0 && route.paths?.some((own) => own.startsWith('~')) === true
  const prefix = whole !== '' && (isExpression || path.startsWith(whole)) ? whole : longest
  return prefix === '' || prefix === '/' ? undefined : prefix
}

/** The host that nginx knows: a plugin's `Host` header counts, for Kong itself too. */
export function currentHost({ request, upstream }: World): string {
  const given = firstHeader(upstream.request.headers, 'host')
  if (given === undefined || given === firstHeader(request.headers, 'host')) return request.host
  return given.replace(/:\d+$/, '').toLowerCase()
}

/** Kong drops them behind all plugins, and with them what a plugin has set; of several lines it reads the first. */
function namedByConnection(headers: Headers): string[] {
  const names = firstHeader(headers, 'connection')?.split(',') ?? []
  return names.map((name) => name.trim().toLowerCase())
}

/** Headers of one connection, and those that Kong writes itself. */
const notPassedOn = new Set([...hopByHop, 'content-length', 'expect', 'proxy'])

/** A body that only passes by keeps the client's length, or goes on in chunks as it came. */
function bodyHeaders({ request: came, upstream }: World): Headers {
  const { body, bodyFile, headers } = upstream.request
  const { 'content-length': length, 'transfer-encoding': coding } = upstream.isStreamed
    ? came.headers
    : headers
  if (upstream.isStreamed && coding !== undefined) return { 'transfer-encoding': ['chunked'] }
  if (upstream.isStreamed) return length === undefined ? {} : { 'content-length': length }
  const size = body.length > 0 || bodyFile === undefined ? body.length : statSync(bodyFile).size
  const isGiven = size > 0 || length !== undefined || coding !== undefined
  return isGiven ? { 'content-length': [String(size)] } : {}
}

function addedHeaders(world: World): Headers {
  const { client, request, requestId, upstream, node } = world
  const sent = upstream.request
  const trusted = isTrusted(world, client.ip)
  const forwarded = (name: string) => (trusted ? firstHeader(sent.headers, name) : undefined)
  const chain = firstHeader(sent.headers, 'x-forwarded-for')
  const via = firstHeader(sent.headers, 'via')
  const prefix = forwarded('x-forwarded-prefix') ?? strippedPrefix(world, request.path)
  const upgrade = firstHeader(sent.headers, 'upgrade')?.toLowerCase() === 'websocket'
  const te = firstHeader(sent.headers, 'te')
    ?.split(',')
    .some((word) => word.trim() === 'trailers')
  return {
    via: [`${via === undefined ? '' : `${via}, `}${request.httpVersion} kong/${node.version}`],
    connection: [upgrade ? 'keep-alive, Upgrade' : 'keep-alive'],
    ...(upgrade && { upgrade: ['websocket'] }),
    ...(te && { te: ['trailers'] }),
    'x-forwarded-for': [chain === undefined ? client.forwardedIp : `${chain}, ${client.ip}`],
    'x-forwarded-proto': [forwarded('x-forwarded-proto') ?? request.scheme],
    'x-forwarded-host': [forwarded('x-forwarded-host') ?? currentHost(world)],
    'x-forwarded-port': [forwarded('x-forwarded-port') ?? String(request.port)],
    'x-forwarded-path': [forwarded('x-forwarded-path') ?? request.path],
    ...(prefix !== undefined && { 'x-forwarded-prefix': [prefix] }),
    'x-real-ip': [client.forwardedIp],
    'x-kong-request-id': [requestId],
  }
}

function serviceHost({ request, route, upstream }: World): string {
  const { host, port } = upstream.target
  if (route?.preserve_host === true) return firstHeader(upstream.request.headers, 'host') ?? request.host
  return port === (upstream.request.scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`
}

/** The service's path before the client's, or before what the route leaves of it (kong/router/utils.lua, v0). */
function pathFor(world: World, base: string, path: string): string {
  const start = base.replace(/\/$/, '')
  if (world.route?.strip_path !== true) return path === '/' && !base.endsWith('/') ? base : `${start}${path}`
  const rest = withoutDots(path.slice((strippedPrefix(world, path) ?? '/').length))
  if (rest !== '') return `${start}${rest.startsWith('/') ? '' : '/'}${rest}`
  if (base === '/') return base
  return path.endsWith('/') && (base.endsWith('/') || path.length > 1) ? `${start}/` : start
}

/** What a prefix that ends within a segment may leave. */
function withoutDots(rest: string): string {
  return rest === '.' || rest === '..' ? '' : rest.replace(/^\.\.?\//, '')
}
