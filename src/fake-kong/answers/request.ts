import { readFileSync, statSync } from 'node:fs'
import type { methods } from '../../pdk/methods.ts'
import { type AnswersFor, BodyFile, Raised, type Scene } from '../answer.ts'
import { bodyTable } from '../body.ts'
import { firstHeader, firstOfHundred, headerTable } from '../headers.ts'
import { isTrusted } from '../ip.ts'
import { checkCount, checkString } from '../lua.ts'
import { accepted, checkRequest, during, live } from '../phase-check.ts'
import { currentHost, pathWithQuery, strippedPrefix } from '../proxy.ts'
import { queryTable } from '../query.ts'
import { normalizedPath } from '../uri.ts'
import type { Request, World } from '../world.ts'

const inRequest = (answer: (scene: Scene, args: readonly unknown[]) => unknown) =>
  during(accepted.request, live(answer))

export const request = {
  'kong.request.get_scheme': inRequest(({ world }) => world.request.scheme),
  'kong.request.get_host': inRequest(({ world }) => currentHost(world)),
  'kong.request.get_port': live(({ world }) => world.request.port),
  'kong.request.get_forwarded_scheme': inRequest(
    ({ world }) => forwarded(world, 'x-forwarded-proto')?.toLowerCase() ?? world.request.scheme,
  ),
  'kong.request.get_forwarded_host': inRequest(
    ({ world }) => hostParts(forwarded(world, 'x-forwarded-host'))?.host ?? currentHost(world),
  ),
  'kong.request.get_forwarded_port': inRequest(
    ({ world }) =>
      portIn(forwarded(world, 'x-forwarded-port')) ??
      portIn(hostParts(forwarded(world, 'x-forwarded-host'))?.port) ??
      world.request.port,
  ),
  'kong.request.get_forwarded_path': inRequest(
    ({ world }) => forwarded(world, 'x-forwarded-path') ?? normalizedPath(world.request.path),
  ),
  'kong.request.get_forwarded_prefix': inRequest(
    ({ world, phase }) =>
      forwarded(world, 'x-forwarded-prefix') ??
      (phase === 'rewrite' ? '' : strippedPrefix(world, world.request.path)),
  ),
  'kong.request.get_http_version': inRequest(({ world }) => world.request.httpVersion),
  'kong.request.get_method': inRequest(({ world }) => current(world).method),
  'kong.request.get_path': inRequest(({ world }) => normalizedPath(world.request.path)),
  'kong.request.get_raw_path': inRequest(({ world }) => world.request.path),
  'kong.request.get_path_with_query': inRequest(({ world }) => pathWithQuery(world.request)),
  'kong.request.get_raw_query': inRequest(({ world }) => current(world).query),
  'kong.request.get_query_arg': during(accepted.request, (scene, [name]) => {
    const wanted = checkString(name, 'query argument name must be a string')
    checkRequest(scene)
    const table = queryTable(current(scene.world).query, 100)
    const value = Object.hasOwn(table, wanted) ? table[wanted] : undefined
    return Array.isArray(value) ? value[0] : value
  }),
  'kong.request.get_query': during(accepted.request, (scene, [most]) => {
    const limit = checkCount(most, 'max_args')
    checkRequest(scene)
    return queryTable(current(scene.world).query, limit)
  }),
  // Kong keeps the headers for the log phase, and asks for no limit there.
  'kong.request.get_header': during(accepted.request, ({ world, phase }, [name]) =>
    phase === 'log'
      ? firstOfHundred(current(world).headers, name)
      : firstHeader(current(world).headers, checkString(name, 'header name must be a string')),
  ),
  'kong.request.get_headers': during(accepted.request, ({ world, phase }, [most]) =>
    headerTable(current(world).headers, phase === 'log' ? 100 : checkCount(most, 'max_headers')),
  ),
  'kong.request.get_raw_body': during(accepted.requestBody, ({ world }, [largest]) =>
    rawBody(current(world), largest),
  ),
  'kong.request.get_body': during(accepted.requestBody, ({ world }, [type, most, largest]) => {
    const { headers } = current(world)
    return bodyTable({ headers, body: () => rawBody(current(world), largest) }, type, most)
  }),
  'kong.request.get_start_time': during(accepted.request, ({ world }) => world.startedAt),
  'kong.request.get_uri_captures': during(accepted.request, ({ world: { captures }, phase }) =>
    phase === 'rewrite'
      ? { unnamed: new Map(), named: {} }
      : { unnamed: new Map(captures.unnamed.map((group, index) => [index, group])), named: captures.named },
  ),
} satisfies AnswersFor<typeof methods.request>

/** What plugins change for the service is nginx's own request, so that these functions see the changes. */
function current(world: World): Request {
  return world.upstream.request
}

/** A header of a proxy in front of Kong, where Kong trusts that proxy. */
function forwarded(world: World, name: string): string | undefined {
  return isTrusted(world, world.client.ip) ? firstHeader(current(world).headers, name) : undefined
}

function hostParts(text: string | undefined): { host: string; port: string | undefined } | undefined {
  if (text === undefined) return undefined
  const [host = '', port] = text.slice(text.indexOf('@') + 1).split(':')
  return { host: host.toLowerCase(), port }
}

function portIn(text: string | undefined): number | undefined {
  const port = Number(text)
  return text !== undefined && /^\d+$/.test(text) && port >= 1 && port <= 65535 ? port : undefined
}

/** nil where the body is in a file and was not asked for with a limit. */
function rawBody({ body, bodyFile }: Request, largest: unknown): Buffer | BodyFile | undefined {
  if (bodyFile === undefined) return body
  if (largest === undefined || largest === false) return new BodyFile(bodyFile)
  if (typeof largest !== 'number')
    throw new Raised('attempt to compare a value that is no number with number')
  if (largest < 0) return new BodyFile(bodyFile)
  const size = body.length || statSync(bodyFile).size
  if (largest > 0 && size > largest) return new BodyFile(bodyFile)
  return body.length > 0 ? body : readFileSync(bodyFile)
}
