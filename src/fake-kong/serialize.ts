import { setMember } from '../set-member.ts'
import { pathWithQuery } from './answers/request.ts'
import { headerTable, queryTable } from './lua.ts'
import type { World } from './world.ts'

/** The record of `kong.log.serialize` as JSON text. Sizes and latencies are fixed numbers, as nothing was measured. */
export function serialize(world: World): string {
  const record = {
    ...(world.subsystem === 'http'
      ? httpPart(world)
      : { session: { received: 0, sent: 0, status: world.response.status } }),
    started_at: world.startedAt,
    client_ip: world.client.ip,
    workspace_name: 'default',
    latencies: { request: 2, kong: 1, proxy: 1, receive: 0 },
    tries: [{ ip: '127.0.0.1', port: world.upstream.target.port, balancer_latency: 0 }],
    service: world.service,
    route: world.route,
    consumer: world.consumer,
  }
  for (const [path, value] of Object.entries(world.recorded)) place(record, path.split('.'), value)
  return JSON.stringify(record).replaceAll('/', '\\/')
}

function httpPart({ request, response, upstream }: World): object {
  return {
    request: {
      method: request.method,
      uri: pathWithQuery(request),
      url: `${request.scheme}://${request.host}:${request.port}${pathWithQuery(request)}`,
      size: 100 + request.body.length,
      headers: headerTable(request.headers, 1000),
      querystring: queryTable(request.query, 1000),
    },
    response: {
      status: response.status,
      size: 100 + response.body.length,
      headers: headerTable(response.headers, 1000),
    },
    upstream_uri: pathWithQuery(upstream.request),
    upstream_status: response.source === 'service' ? upstream.response.status : undefined,
    source: response.source === 'service' ? 'upstream' : 'kong',
  }
}

/** Writes a value under a dotted path, making the tables on the way. */
function place(record: object, [name = '', ...rest]: readonly string[], value: unknown): void {
  const members = record as Record<string, unknown>
  const inner = Object.hasOwn(members, name) ? members[name] : undefined
  const table = typeof inner === 'object' && inner !== null ? inner : {}
  setMember(members, name, rest.length === 0 ? value : table)
  if (rest.length > 0) place(table, rest, value)
}
