import { normalizedPath } from '../../fake-kong/uri.ts'
import type { World } from '../../fake-kong/world.ts'
import type { Route, Service } from '../../pdk/entities.ts'
import { nameUuid } from '../declarative/uuid.ts'
import type { Match, RouteRequest } from '../lease.ts'
import { byRank, type Ranked, routable } from './order.ts'
import { compileRegex } from './regex.ts'
import { isNamed } from './sni.ts'

export interface Router {
  match(request: RouteRequest): Match | undefined
}

/**
 * Finds the route of a request as Kong's default router does (`traditional_compatible`): the routes with more kinds of
 * criteria come first, then those with plain hosts, more headers, regular expressions (the higher `regex_priority`
 * first), longer paths, and last the greater id.
 *
 * As in Kong a route for http takes https too. `service` is the route's own.
 */
export function createRouter(routes: readonly Route[], services: readonly Service[]): Router {
  const candidates = routable(routes, services, ['http', 'https'])
    .flatMap(({ route, service }) => candidatesOf(route, service))
    .toSorted(byRank)
  return {
    match(request) {
      const facts = factsOf(request)
      for (const { route, service, criteria, catches } of candidates) {
        if (!criteria.every((fits) => fits(facts))) continue
        const captures = catches(facts.path)
        if (captures !== undefined) return { route, service, captures }
      }
      return undefined
    },
  }
}

type Captures = World['captures']

/** A route, or the part of it that has paths of one rank. */
interface Candidate extends Ranked {
  readonly route: Route
  readonly service: Service | undefined
  readonly criteria: readonly ((facts: Facts) => boolean)[]
  readonly catches: (path: string) => Captures | undefined
}

interface Facts extends RouteRequest {
  readonly hostPort: number
}

/** The port counts that the client wrote. */
function factsOf(request: RouteRequest): Facts {
  const written = /:(\d+)$/.exec(request.headers.host?.[0] ?? '')
  return {
    ...request,
    path: normalizedPath(request.path),
    hostPort: written === null ? request.port : Number(written[1]),
  }
}

function candidatesOf(route: Route, service: Service | undefined): Candidate[] {
  const criteria = criteriaOf(route)
  const groups = groupsOf(route.paths ?? [])
  return groups.map((paths, index) => ({
    route,
    service,
    criteria,
    catches: catcher(paths),
    rank: rankOf(route, paths),
    id: groups.length === 1 ? route.id : nameUuid(partNamespace, `${route.id}#${index + 1}`),
  }))
}

/** Where Kong takes the ids of a route's parts from (kong/router/transform.lua). */
const partNamespace = '7f145bf9-0dce-4f91-98eb-debbce4b9f6b'

/** Paths of one length each, and all expressions together; one empty group where there is no path. */
function groupsOf(paths: readonly string[]): string[][] {
  if (paths.length === 0) return [[]]
  const groups = new Map<number, string[]>()
  for (const path of paths) {
    const key = path.startsWith('~') ? 0 : Buffer.byteLength(path)
    groups.set(key, [...(groups.get(key) ?? []), path])
  }
  return [...groups.values()]
}

function rankOf(route: Route, [path]: readonly string[]): number[] {
  const { methods, hosts, headers, snis } = route
  const headerCount = Object.keys(headers ?? {}).length
  const kinds = [methods, hosts, snis].filter(isSet).length + Number(headerCount > 0)
  const isRegex = path?.startsWith('~') === true
  return [
    kinds + Number(path !== undefined),
    Number(hosts !== undefined && !hosts.some((host) => host.includes('*'))),
    Math.min(headerCount, 255),
    Number(isRegex),
    isRegex ? (route.regex_priority ?? 0) : 0,
    isRegex ? 0 : Buffer.byteLength(path ?? ''),
  ]
}

function criteriaOf({ methods, hosts, headers, snis }: Route): Candidate['criteria'] {
  return [
    ...(isSet(snis) ? [({ scheme, sni }: Facts) => scheme !== 'https' || isNamed(snis, sni)] : []),
    ...(isSet(methods) ? [({ method }: Facts) => methods.includes(method)] : []),
    ...(isSet(hosts) ? [anyHost(hosts)] : []),
    ...Object.entries(headers ?? {}).map(([name, values]) => anyHeader(name, values)),
  ]
}

function isSet(list: readonly string[] | undefined): list is readonly string[] {
  return list !== undefined && list.length > 0
}

function anyHost(hosts: readonly string[]): (facts: Facts) => boolean {
  const wanted = hosts.map((host) => {
    const [, name = host, port] = /^([^:]*):(\d+)$/.exec(host) ?? []
    return { name: name.toLowerCase(), port: port === undefined ? undefined : Number(port) }
  })
  return ({ host, hostPort }) =>
    wanted.some(({ name, port }) => (port === undefined || port === hostPort) && isHost(name, host))
}

function isHost(name: string, host: string): boolean {
  if (name.startsWith('*')) return host.endsWith(name.slice(1))
  return name.endsWith('*') ? host.startsWith(name.slice(0, -1)) : host === name
}

/** Kong compares in lower case, and so makes `\D` of an expression a `\d`. */
function anyHeader(name: string, values: readonly string[]): (facts: Facts) => boolean {
  const lower = name.toLowerCase()
  const dashed = lower.replaceAll('_', '-')
  const wanted = values.map((value) =>
    value.startsWith('~*') ? compileRegex(value.slice(2).toLowerCase()) : value.toLowerCase(),
  )
  return ({ headers }) => {
    const given = (headers[lower] ?? headers[dashed] ?? []).map((value) => value.toLowerCase())
    return wanted.some((own) =>
      typeof own === 'string' ? given.includes(own) : given.some((value) => own.test(value)),
    )
  }
}

/** What a route's paths catch: of a prefix the prefix, and `/` where the route has no paths. */
function catcher(paths: readonly string[]): Candidate['catches'] {
  if (paths.length === 0) return () => ({ unnamed: ['/'], named: {} })
  const catchers = paths.map((path) => (path.startsWith('~') ? regexCatcher(path) : prefixCatcher(path)))
  return (path) => {
    for (const catches of catchers) {
      const captures = catches(path)
      if (captures !== undefined) return captures
    }
    return undefined
  }
}

function prefixCatcher(prefix: string): Candidate['catches'] {
  return (path) => (path.startsWith(prefix) ? { unnamed: [prefix], named: {} } : undefined)
}

/** Kong writes `^` before the expression as it is, so that of `~/a|/b` only the first half is held to the start. */
function regexCatcher(path: string): Candidate['catches'] {
  const expression = compileRegex(path.slice(1), '^')
  return (given) => {
    const match = expression.exec(given)
    if (match === null) return undefined
    const named = Object.entries(match.groups ?? {}).filter(([, part]) => part !== undefined)
    return { unnamed: [...match].map((part) => part ?? ''), named: Object.fromEntries(named) }
  }
}
