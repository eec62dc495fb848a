import type { Consumer, Route, Service } from '../../pdk/entities.ts'
import { expectations } from './expected.ts'
import type { RecordedBody, RecordedMessage, RecordedRequest, RecordedResponse } from './record.ts'
import { Code, literal, quoted } from './source-text.ts'
import { isOfConnection, linesByName, ownHandlers } from './test-facts.ts'

/** What a test says beside the request. */
export interface TestContext {
  /** The plugin's source as the test imports it, as `./plugin.ts`; the path of a binary where it is not a source. */
  readonly pluginFile: string
  readonly plugin: {
    readonly name: string
    /** As written. */
    readonly config: object
  }
  readonly route?: Route | undefined
  readonly service?: Service | undefined
  readonly consumer?: Consumer | undefined
}

/**
 * A test of `kong-ts-pdk/testing` that sends a recorded request through one plugin, and expects what came of it. What other
 * plugins did, times, ids and bodies that were not kept whole are not expected.
 */
export function testOf(request: RecordedRequest, context: TestContext): string {
  const options = optionsOf(request, context)
  const expected = expectations(request, context.plugin.name)
  const isSource = /\.[cm]?[jt]sx?$/.test(context.pluginFile)
  const failure = 'upstream' in options && options.upstream instanceof Code
  const call = `await run(${isSource ? 'plugin' : quoted(context.pluginFile)}, `
  return [
    "import assert from 'node:assert/strict'",
    "import { test } from 'node:test'",
    `import { run${failure ? ', UpstreamFailure' : ''} } from 'kong-ts-pdk/testing'`,
    ...(isSource ? [`import plugin from ${quoted(context.pluginFile)}`] : []),
    '',
    `test(${quoted(titleOf(request, context.plugin.name))}, async () => {`,
    ...remarks(request, context.plugin.name).map((line) => `  // ${line}`),
    `  const { ${expected.members.join(', ')} } = ${call}${literal(options, '  ', 200)})`,
    ...expected.lines.map((line) => `  ${line}`),
    '})',
    '',
  ].join('\n')
}

function titleOf({ handlers, kind, method, url, status, state }: RecordedRequest, plugin: string): string {
  const answers = handlers.some(({ end }) => end === 'exited')
  if (kind === 'handshake') return `${plugin}: a TLS handshake is ${state === 'refused' ? 'refused' : 'done'}`
  if (kind === 'stream')
    return `${plugin}: a connection is ${state === 'refused' || answers ? 'refused' : 'let through'}`
  const place = url.length > 60 ? `${url.slice(0, 57)}...` : url
  return `${plugin}: ${method} ${place}${status === undefined ? '' : ` gives ${status}`}`
}

/** Sentences about what the test cannot show. */
function remarks(request: RecordedRequest, plugin: string): string[] {
  const others = [...new Set(request.handlers.map((handler) => handler.plugin))].filter(
    (name) => name !== plugin,
  )
  return [
    ...(others.length > 0
      ? [`What other plugins did is not in here: ${others.map((name) => quoted(name)).join(', ')}.`]
      : []),
    ...(request.came.body.isCut ? [cutRemark("The client's body", request.came.body)] : []),
    ...(request.answered?.body.isCut ? [cutRemark("The service's body", request.answered.body)] : []),
  ]
}

function cutRemark(what: string, { size }: RecordedBody): string {
  return `${what} had ${size.toLocaleString('en-US')} bytes: only its beginning was kept, so nothing is expected of bodies.`
}

function optionsOf(request: RecordedRequest, { plugin, route, service, consumer }: TestContext): object {
  const { kind, came, client } = request
  const isHttp = kind === 'http' || kind === 'websocket'
  const hasConfig = Object.keys(plugin.config).length > 0
  return {
    ...(hasConfig && { config: plugin.config }),
    ...(kind === 'stream' && { stream: true }),
    ...(kind === 'handshake' && { phases: ['certificate'] }),
    ...(isHttp && { request: requestOf(came, kind === 'websocket') }),
    ...clientOf(client.ip, came.scheme, isHttp),
    ...(kind === 'handshake' ? {} : routed(request, route, service)),
    ...who(request, plugin.name, consumer),
    ...fixed(request),
    ...(isHttp && upstreamOf(request)),
  }
}

function requestOf({ method, scheme, url, headers, body }: RecordedMessage, isWebsocket: boolean): object {
  const kept = headers.filter(([name]) => isWebsocket || !isOfConnection(name))
  const lines = linesByName(kept.filter(([name]) => name.toLowerCase() !== 'content-length'))
  // The test kit's own client sends these: an empty list is none.
  const silent = ['user-agent', 'accept'].filter((name) => lines[name] === undefined)
  const all = { ...lines, ...Object.fromEntries(silent.map((name) => [name, []])) }
  return {
    ...(method !== 'GET' && { method }),
    ...(scheme !== 'http' && { scheme }),
    path: url,
    headers: all,
    ...(body.size > 0 && { body: bodyOf(body) }),
  }
}

function bodyOf({ text, base64 }: RecordedBody): string | Code {
  return text ?? new Code(`Buffer.from(${quoted(base64 ?? '')}, 'base64')`)
}

/** The protocol of a request follows from its scheme. */
function clientOf(ip: string, protocol: string, isHttp: boolean): object {
  const isLocal = ip === '127.0.0.1'
  if (isLocal && (isHttp || protocol === 'tcp')) return {}
  return { client: { ...(!isLocal && { ip, forwardedIp: ip }), ...(!isHttp && { protocol }) } }
}

function routed(
  { route: name, service: serviceName, kind }: RecordedRequest,
  route?: Route,
  service?: Service,
): object {
  return {
    route: name === undefined ? null : routeOf(name, route, kind === 'stream'),
    service:
      serviceName === undefined
        ? null
        : { name: serviceName, ...chosen(service, ['protocol', 'host', 'port', 'path', 'tags']) },
  }
}

/** A route without paths takes all; the kit's own would take `/hello` only. */
function routeOf(name: string, route: Route | undefined, isStream: boolean): object {
  const members = ['hosts', 'methods', 'headers', 'tags'] as const
  return {
    name,
    ...(!isStream && { paths: route?.paths?.length ? route.paths : ['/'] }),
    ...(route?.strip_path === false && { strip_path: false }),
    ...(route?.preserve_host === true && { preserve_host: true }),
    ...chosen(route, String(route?.protocols) === 'http,https' ? members : [...members, 'protocols']),
  }
}

function chosen<T extends object>(entity: T | undefined, names: readonly (keyof T)[]): object {
  if (entity === undefined) return {}
  const entries = names.map((name) => [name, entity[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null))
}

/** Who was known before the plugin ran; one whom the plugin itself authenticates is there to be found. */
function who(request: RecordedRequest, plugin: string, consumer: Consumer | undefined): object {
  if (consumer === undefined) return {}
  const known = chosen(consumer, ['id', 'username', 'custom_id', 'tags'])
  const isOwn = ownHandlers(request, plugin).some(({ calls }) =>
    calls.some(({ method }) => method === 'kong.client.authenticate'),
  )
  return isOwn ? { consumers: [known] } : { consumer: known }
}

/** What is different each time is as it was, where the plugin or the client could see it. */
function fixed({ requestId, startedAt, handlers, answered, response, sent }: RecordedRequest): object {
  const calls = handlers.flatMap((handler) => handler.calls)
  const named = (list: readonly (readonly [string, string])[] = []) =>
    list.filter(([name]) => name !== 'x-kong-request-id')
  const body = response?.body.text === answered?.body.text ? undefined : response?.body.text
  const seen = [calls, named(response?.headers), body, sent?.url, named(sent?.headers)]
  const asksTime = calls.some(({ method }) => /start_time$|log\.serialize$/.test(method))
  return {
    ...(JSON.stringify(seen).includes(requestId) && { requestId }),
    ...(asksTime && { now: startedAt }),
  }
}

function upstreamOf({ sent, answered, response }: RecordedRequest): object {
  if (answered !== undefined) return { upstream: answerOf(answered) }
  const status = response?.status ?? 0
  if (sent === undefined || response?.source !== 'error' || ![502, 503, 504].includes(status)) return {}
  return {
    upstream: new Code(
      `() => {\n    throw new UpstreamFailure(${status}, 'the service gave no answer')\n  }`.replaceAll(
        '\n',
        '\n  ',
      ),
    ),
  }
}

function answerOf({ status, headers, body }: RecordedResponse): object {
  const kept = headers.filter(([name]) => !isOfConnection(name) && !/^(content-length|date)$/i.test(name))
  return {
    ...(status !== 200 && { status }),
    ...(kept.length > 0 && { headers: linesByName(kept) }),
    ...(body.size > 0 && { body: bodyOf(body) }),
  }
}
