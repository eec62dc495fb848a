import type { methods } from '../../pdk/methods.ts'
import type { AnswersFor } from '../answer.ts'
import { bodyTable } from '../body.ts'
import { firstHeader, headerTable, queryPairs, queryTable, textOf } from '../lua.ts'
import type { Request, World } from '../world.ts'

export const request = {
  'kong.request.get_scheme': ({ world }) => world.request.scheme,
  'kong.request.get_host': ({ world }) => world.request.host,
  'kong.request.get_port': ({ world }) => world.request.port,
  // Nothing is trusted to forward, so the forwarded values are those of the request itself.
  'kong.request.get_forwarded_scheme': ({ world }) => world.request.scheme,
  'kong.request.get_forwarded_host': ({ world }) => world.request.host,
  'kong.request.get_forwarded_port': ({ world }) => world.request.port,
  'kong.request.get_forwarded_path': ({ world }) => world.request.path,
  'kong.request.get_forwarded_prefix': ({ world: { route, request } }) =>
    route?.strip_path === true ? route.paths?.find((path) => request.path.startsWith(path)) : undefined,
  'kong.request.get_http_version': ({ world }) => world.request.httpVersion,
  'kong.request.get_method': ({ world }) => world.request.method,
  'kong.request.get_path': ({ world }) => world.request.path,
  'kong.request.get_raw_path': ({ world }) => world.request.path,
  'kong.request.get_path_with_query': ({ world }) => pathWithQuery(world.request),
  'kong.request.get_raw_query': ({ world }) => world.request.query,
  'kong.request.get_query_arg': ({ world }, [name]) =>
    queryPairs(nginxRequest(world).query).find(([own]) => own === textOf(name))?.[1],
  'kong.request.get_query': ({ world }, [most]) => queryTable(nginxRequest(world).query, most),
  'kong.request.get_header': ({ world }, [name]) => firstHeader(nginxRequest(world).headers, name),
  // In the log phase all saved headers come, whatever the limit.
  'kong.request.get_headers': ({ world, phase }, [most]) =>
    headerTable(nginxRequest(world).headers, phase === 'log' ? 1000 : most),
  'kong.request.get_raw_body': ({ world }) => nginxRequest(world).body,
  'kong.request.get_body': ({ world }, [type, most]) => bodyTable(nginxRequest(world), type, most),
  'kong.request.get_start_time': ({ world }) => world.startedAt,
  // Routes are found after the rewrite phase.
  'kong.request.get_uri_captures': ({ world: { captures }, phase }) =>
    phase === 'rewrite'
      ? { unnamed: new Map(), named: {} }
      : { unnamed: new Map(captures.unnamed.map((group, index) => [index, group])), named: captures.named },
} satisfies AnswersFor<typeof methods.request>

/** What plugins change for the service is nginx's own request, so that these functions see the changes. */
function nginxRequest(world: World): Request {
  return world.upstream.request
}

export function pathWithQuery({ path, query }: Request): string {
  return query === '' ? path : `${path}?${query}`
}
