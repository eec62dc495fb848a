import { firstHeader } from './headers.ts'
import { currentHost, pathWithQuery } from './proxy.ts'
import { queryPairs } from './query.ts'
import { normalizedPath } from './uri.ts'
import type { World } from './world.ts'

/** An nginx variable, for those that follow from the request or were given with the world. */
export function nginxVariable(world: World, name: string): string | undefined {
  const { client, request, variables } = world
  if (Object.hasOwn(variables, name)) return variables[name]
  const connection: Readonly<Record<string, string>> = {
    remote_addr: client.forwardedIp,
    remote_port: String(client.forwardedPort),
    realip_remote_addr: client.ip,
    realip_remote_port: String(client.port),
    server_port: String(request.port),
  }
  if (Object.hasOwn(connection, name)) return connection[name]
  return world.subsystem === 'http' ? requestVariable(world, name) : undefined
}

function requestVariable(world: World, name: string): string | undefined {
  const { request, requestId, upstream } = world
  const current = upstream.request
  if (name.startsWith('http_')) return firstHeader(current.headers, name.slice('http_'.length))
  if (name.startsWith('arg_')) {
    const value = queryPairs(current.query).find(([own]) => own === name.slice('arg_'.length))?.[1]
    return value === true ? '' : value
  }
  const known: Readonly<Record<string, string | undefined>> = {
    args: current.query,
    content_length: firstHeader(current.headers, 'content-length'),
    content_type: firstHeader(current.headers, 'content-type'),
    host: currentHost(world),
    https: request.scheme === 'https' ? 'on' : '',
    is_args: current.query === '' ? '' : '?',
    kong_request_id: requestId,
    query_string: current.query,
    request_id: requestId,
    request_method: current.method,
    request_uri: pathWithQuery(request),
    scheme: request.scheme,
    server_protocol: `HTTP/${request.httpVersion.toFixed(1)}`,
    upstream_host: upstream.host,
    upstream_scheme: current.scheme,
    upstream_uri: current.path,
    uri: normalizedPath(request.path),
  }
  return Object.hasOwn(known, name) ? known[name] : undefined
}
