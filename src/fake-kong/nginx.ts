import { pathWithQuery } from './answers/request.ts'
import { firstHeader, queryPairs } from './lua.ts'
import type { World } from './world.ts'

/** An nginx variable, for those that follow from the request or were given with the world. */
export function nginxVariable({ request, client, variables }: World, name: string): string | undefined {
  if (Object.hasOwn(variables, name)) return variables[name]
  if (name.startsWith('http_')) return firstHeader(request.headers, name.slice('http_'.length))
  if (name.startsWith('arg_')) {
    const value = queryPairs(request.query).find(([own]) => own === name.slice('arg_'.length))?.[1]
    return value === true ? '' : value
  }
  const known: Readonly<Record<string, string>> = {
    remote_addr: client.ip,
    remote_port: String(client.port),
    request_method: request.method,
    request_uri: pathWithQuery(request),
    uri: request.path,
    args: request.query,
    scheme: request.scheme,
    host: request.host,
    server_port: String(request.port),
  }
  return Object.hasOwn(known, name) ? known[name] : undefined
}
