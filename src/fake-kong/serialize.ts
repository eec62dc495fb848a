import { setMember } from '../set-member.ts'
import { Raised } from './answer.ts'
import { headerTable } from './headers.ts'
import { jsonText } from './json.ts'
import { currentHost, pathWithQuery } from './proxy.ts'
import { queryTable } from './query.ts'
import type { Headers, SerializeValue, World } from './world.ts'

/** The record of `kong.log.serialize` as JSON text. */
export function serialize(world: World): string {
  const { credential, consumer, measured, workspace } = world
  const record = {
    ...(world.subsystem === 'http' ? httpPart(world) : streamPart(world)),
    tries: measured.tries,
    authenticated_entity: credential && {
      id: credential.id,
      consumer_id: credential.consumer_id ?? undefined,
    },
    route: world.route,
    service: world.service,
    consumer,
    client_ip: world.client.forwardedIp,
    started_at: world.startedAt,
    workspace: world.route?.ws_id ?? workspace.id,
    workspace_name: workspace.name,
  }
  const copy = structuredClone(record)
  for (const value of world.recorded) place(copy, value.key.split('.'), value)
  return jsonText(copy)
}

function httpPart(world: World): object {
  const { request, requestId, response, upstream, variables, measured } = world
  const isProxied = upstream.answered
  return {
    request: {
      id: requestId,
      method: upstream.request.method,
      uri: pathWithQuery(request),
      url: `${request.scheme}://${currentHost(world)}:${request.port}${pathWithQuery(request)}`,
      size: measured.requestSize,
      headers: headerTable(redacted(upstream.request.headers), 100),
      querystring: queryTable(upstream.request.query, 100),
      tls: tlsPart(variables),
    },
    response: {
      status: response.status,
      size: measured.responseSize,
      headers: headerTable(response.headers, 100),
    },
    upstream_uri: pathWithQuery(upstream.request),
    upstream_status: isProxied ? upstream.response.status : '',
    latencies: measured.latencies,
    source: { service: 'upstream', exit: 'kong', error: 'kong' }[response.source],
  }
}

function streamPart({ measured, request, response, variables }: World): object {
  return {
    session: {
      ...measured.session,
      status: response.status,
      server_port: request.port,
      tls: tlsPart(variables),
    },
    upstream: measured.upstream,
    latencies: measured.latencies,
  }
}

function tlsPart({
  ssl_protocol,
  ssl_cipher,
  ssl_client_verify,
}: Record<string, string>): object | undefined {
  return ssl_protocol === undefined
    ? undefined
    : { version: ssl_protocol, cipher: ssl_cipher, client_verify: ssl_client_verify }
}

/** Kong shows that credentials were sent, and not which. */
function redacted(headers: Headers): Headers {
  const shown = { ...headers }
  for (const name of ['authorization', 'proxy-authorization'])
    if (shown[name] !== undefined) shown[name] = ['REDACTED']
  return shown
}

/** Writes a value under a dotted path; `set` and `add` make the tables on the way. */
function place(
  table: object,
  [name = '', ...rest]: readonly string[],
  { key, value, mode }: SerializeValue,
): void {
  const members = table as Record<string, unknown>
  const present = Object.hasOwn(members, name) ? members[name] : undefined
  if (rest.length === 0) {
    const fits = mode === 'set' || (mode === 'add') === (present === undefined)
    if (fits) setMember(members, name, value)
    return
  }
  if (present === undefined && mode === 'replace') return
  if (present !== undefined && (typeof present !== 'object' || present === null))
    throw new Raised(
      `The key '${key}' could not be used as a serialize value. Subkey '${name}' is not a table. It's ${String(present)}`,
    )
  if (present === undefined) setMember(members, name, {})
  place(members[name] as object, rest, { key, value, mode })
}
