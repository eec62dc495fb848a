import { createWorld, type World } from '../fake-kong/world.ts'
import type { Consumer, Route, Service } from '../pdk/entities.ts'
import type { Phase } from '../pdk/phases.ts'
import type { AnyRunOptions } from './options.ts'

/** The world of one request, as Kong has it when the first handler runs. */
export function worldOf(options: AnyRunOptions, isStream: boolean): World {
  const { request, route, service, consumer, now, stream: _stream, phases: _phases, ...rest } = options
  const { config: _config, upstream: _upstream, freezeDate: _freeze, fault: _fault, ...parts } = rest
  const plain = createWorld()
  const sent = requestOf(request)
  const routed = isStream
    ? routeOf(plain.route, route)
    : findRoute(plain, sent?.path, route, wholeCaptures(options.captures))
  const known = parts.consumers ?? plain.consumers
  const who = consumer === undefined ? undefined : { ...unnamed, ...consumer }
  const isTls = sent?.scheme === 'https'
  return createWorld({
    ...parts,
    ...routed,
    subsystem: isStream ? 'stream' : 'http',
    client: { protocol: isStream ? 'tcp' : isTls ? 'https' : 'http', ...parts.client },
    ...(sent !== undefined && { request: sent }),
    service: service === null ? undefined : ({ ...plain.service, ...service } as Service),
    // For a request Kong takes it from the service behind `rewrite`; a stream starts with it.
    ...(isStream &&
      service?.host !== undefined && {
        upstream: { target: { host: service.host, port: service.port ?? 80 } },
      }),
    consumer: who,
    consumers: who === undefined || known.some(({ id }) => id === who.id) ? known : [...known, who],
    ...(now !== undefined && { startedAt: Number(now) }),
  })
}

/** What an expression caught, where a test gives a part of it. */
function wholeCaptures(given: Partial<World['captures']> | undefined): World['captures'] | undefined {
  return given && { unnamed: given.unnamed ?? [], named: given.named ?? {} }
}

/** What is `undefined` is left out: members of a world are not to be replaced by it, nor a fault be told by it. */
export function withoutUndefined(options: AnyRunOptions): AnyRunOptions {
  const parts = ['request', 'route', 'service', 'consumer', 'client', 'ctx', 'node', 'measured', 'fault']
  const defined = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    defined.map(([name, value]: [string, unknown]) => {
      if (!parts.includes(name) || value === null) return [name, value]
      return [
        name,
        Object.fromEntries(Object.entries(value as object).filter(([, own]) => own !== undefined)),
      ]
    }),
  )
}

/** A plugin with `preread` is for streams, and for requests only with phases of these. */
export function isForStreams(phases: readonly Phase[]): boolean {
  return (
    phases.includes('preread') && !phases.some((phase) => ['rewrite', 'access', 'response'].includes(phase))
  )
}

const unnamed: Consumer = { id: '77777777-7777-4777-8777-777777777777' }

type RequestInput = NonNullable<AnyRunOptions['request']>

/** What a client sends without being told: the query inside the path, `Host` and `Content-Length`. */
function requestOf(given: RequestInput | undefined): RequestInput | undefined {
  if (given === undefined) return undefined
  const headers = Object.fromEntries(
    Object.entries(given.headers ?? {})
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.toLowerCase(), value]),
  )
  const port = given.port ?? (given.scheme === 'https' ? 8443 : 8000)
  const named = [headers.host ?? []].flat()[0]
  const host = given.host ?? named?.replace(/:\d+$/, '').toLowerCase() ?? 'example.com'
  headers.host ??= `${host}:${port}`
  const length = Buffer.byteLength(given.body ?? '')
  if (length > 0 && headers['transfer-encoding'] === undefined) headers['content-length'] ??= String(length)
  return { ...given, ...splitPath(given), host, port, headers }
}

function splitPath({ path, query }: RequestInput): { path?: string; query?: string } {
  if (path === undefined) return query === undefined ? {} : { query }
  const mark = path.indexOf('?')
  if (mark < 0) return { path, query: query ?? '' }
  return { path: path.slice(0, mark), query: query ?? path.slice(mark + 1) }
}

function routeOf(plain: Route | undefined, given: AnyRunOptions['route']): { route: Route | undefined } {
  return { route: given === null ? undefined : ({ ...plain, ...given } as Route) }
}

/** The route with what its expression caught; none where no path of it fits, which Kong answers with 404. */
function findRoute(
  plain: World,
  path = plain.request.path,
  given: AnyRunOptions['route'],
  captures: World['captures'] | undefined,
): { route: Route | undefined; captures?: World['captures'] } {
  const { route } = routeOf(plain.route, given)
  if (route === undefined || captures !== undefined) return { route, ...(captures && { captures }) }
  const isGiven = given?.paths !== undefined
  const paths = isGiven || path.startsWith('/hello') ? route.paths : ['/']
  if (paths === undefined) return { route, captures: { unnamed: ['/'], named: {} } }
  const found = paths.flatMap((own) => caught(own, path) ?? [])[0]
  return found === undefined ? { route: undefined } : { route: { ...route, paths }, captures: found }
}

/** A path of a route is a prefix, or behind `~` an expression. */
function caught(own: string, path: string): World['captures'] | undefined {
  if (!own.startsWith('~')) return path.startsWith(own) ? { unnamed: [own], named: {} } : undefined
  const match = new RegExp(`^(?:${own.slice(1).replaceAll('(?P<', '(?<')})`).exec(path)
  if (match === null) return undefined
  return { unnamed: match.map((part) => part ?? ''), named: { ...match.groups } }
}
