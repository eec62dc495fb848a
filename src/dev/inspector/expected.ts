import type { Header, RecordedBody, RecordedHandler, RecordedRequest } from './record.ts'
import { literal, quoted } from './source-text.ts'
import { isOfConnection, linesByName, ownHandlers } from './test-facts.ts'

export interface Expectations {
  /** Of the outcome, as the lines use them. */
  readonly members: readonly string[]
  readonly lines: readonly string[]
}

/** What a test expects of a recorded request: what the plugin had a hand in. */
export function expectations(request: RecordedRequest, plugin: string): Expectations {
  const lines =
    request.kind === 'http' || request.kind === 'websocket'
      ? ofRequest(request, plugin)
      : ofConnection(request)
  const members = ['end', 'response', 'target', 'upstream'].filter((name) =>
    lines.some((line) => /^assert\.\w+\(\s*(\w+)/.exec(line)?.[1] === name),
  )
  return { members, lines }
}

function ofConnection({ state, sent, response }: RecordedRequest): string[] {
  const target = /^(.*):(\d+)$/.exec(sent?.target ?? '')
  return [
    equal('end', state === 'refused' ? 'refused' : 'answered'),
    ...(target === null ? [] : [equal('target', { host: target[1], port: Number(target[2]) })]),
    ...(response?.source === 'exit' ? bodyLines('response', response.body) : []),
  ]
}

function ofRequest(request: RecordedRequest, plugin: string): string[] {
  const scope = scopeOf(request, plugin)
  const { came, answered, response } = request
  const isCut = came.body.isCut || answered?.body.isCut === true
  const lines = [
    ...(response === undefined ? [] : responseLines(request, response, scope, isCut)),
    ...upstreamLines(request, scope, isCut),
  ]
  return lines.some((line) => line.startsWith('assert.')) ? lines : [...lines, equal('end', 'answered')]
}

/** How much of the outcome is the plugin's own. */
interface Scope {
  /** Whether no other plugin ended the request. */
  readonly isResponseOwn: boolean
  /** Whether no other plugin changed what goes to the service. */
  readonly isUpstreamOwn: boolean
  /** Whether the plugin gave the service another body. */
  readonly writesBody: boolean
  isOwnHeader(part: 'response' | 'service.request', name: string): boolean
}

function scopeOf(request: RecordedRequest, plugin: string): Scope {
  const own = ownHandlers(request, plugin)
  const others = request.handlers.filter((handler) => handler.plugin !== plugin)
  return {
    isResponseOwn: others.every(
      (handler) => handler.end === 'returned' && !callsOf([handler], 'response.set_status').length,
    ),
    isUpstreamOwn: callsOf(others, 'service.').length === 0,
    writesBody: ['set_body', 'set_raw_body'].some(
      (name) => callsOf(own, `service.request.${name}`).length > 0,
    ),
    isOwnHeader(part, name) {
      if (others.length === 0) return true
      const text = JSON.stringify(callsOf(own, `${part}.`)).toLowerCase()
      return text.replaceAll('_', '-').includes(JSON.stringify(name))
    },
  }
}

function callsOf(handlers: readonly RecordedHandler[], prefix: string): unknown[] {
  return handlers.flatMap(({ calls }) => calls.filter(({ method }) => method.startsWith(`kong.${prefix}`)))
}

function responseLines(
  { answered, method, sent }: RecordedRequest,
  response: NonNullable<RecordedRequest['response']>,
  scope: Scope,
  isCut: boolean,
): string[] {
  const changes = changed(answered?.headers ?? [], response.headers, madeByKong)
  // Why a service gave no answer is not told, and changes the words.
  const isUnknown = response.source === 'error' && sent !== undefined
  const isShown = method !== 'HEAD' && ![101, 204, 304].includes(response.status) && !isUnknown
  // A long body of the service that only passed by says nothing of the plugin.
  const isSame = JSON.stringify(answered?.body) === JSON.stringify(response.body)
  const isPassed = isSame && response.body.size > longestPassed
  return [
    ...(scope.isResponseOwn ? [equal('response.status', response.status)] : []),
    ...changes
      .filter(([name]) => scope.isOwnHeader('response', name))
      .map(([name, value]) => headerLine('response', name, value)),
    ...(scope.isResponseOwn && isShown && !isCut && !isPassed ? bodyLines('response', response.body) : []),
  ]
}

/** Bytes. */
const longestPassed = 200

function upstreamLines({ came, sent, response }: RecordedRequest, scope: Scope, isCut: boolean): string[] {
  if (sent === undefined)
    return scope.isResponseOwn && response !== undefined ? [equal('upstream', undefined)] : []
  const lines: string[] = []
  if (scope.isUpstreamOwn) {
    if (sent.method !== came.method) lines.push(equal('upstream?.method', sent.method))
    const [path = '', query = ''] = split(sent.url)
    const [cameTo = '', asked = ''] = split(came.url)
    if (path !== cameTo) lines.push(equal('upstream?.path', path))
    if (query !== asked) lines.push(equal('upstream?.query', query))
  }
  for (const [name, value] of changed(came.headers, sent.headers, addedByKong))
    if (scope.isOwnHeader('service.request', name)) lines.push(headerLine('upstream?', name, value))
  if (scope.isUpstreamOwn && scope.writesBody && !isCut) lines.push(...bodyLines('upstream?', sent.body))
  return lines
}

function split(url: string): [string, string] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

/** Kong's and the server's own, most of them different each time. */
const madeByKong =
  /^(age|content-length|date|server|via|x-kong-(upstream|proxy|response)-latency|x-kong-request-id|x-kong-upstream-status)$/
const addedByKong = /^(content-length|host|via|x-forwarded-.*|x-real-ip|x-kong-request-id)$/

type Change = readonly [name: string, value: string | readonly string[] | undefined]

/** Headers that are other than before; undefined for those that are gone. */
function changed(before: readonly Header[], after: readonly Header[], left: RegExp): Change[] {
  const [was, is] = [linesByName(before), linesByName(after)]
  const names = [...new Set([...Object.keys(is), ...Object.keys(was)])]
  return names
    .filter((name) => !left.test(name) && !isOfConnection(name))
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map((name) => [name, is[name]] as const)
}

function headerLine(of: string, name: string, value: Change[1]): string {
  return equal(`${of}.headers${/^[a-z_]\w*$/.test(name) ? `.${name}` : `[${quoted(name)}]`}`, value)
}

function bodyLines(of: string, { text, base64, isCut, size }: RecordedBody): string[] {
  if (isCut) return [`// A body of ${size.toLocaleString('en-US')} bytes, which was not kept whole.`]
  if (base64 === undefined) return [equal(`${of}.text`, text ?? '')]
  return [`assert.equal(${of}.body.toString('base64'), ${quoted(base64)})`]
}

function equal(what: string, value: unknown): string {
  const isDeep = typeof value === 'object' && value !== null
  const name = isDeep ? 'assert.deepEqual' : 'assert.equal'
  const start = `${name}(${what}, `
  const line = `${start}${literal(value, '  ', start.length + 2)})`
  if (isDeep || line.length < longestLine) return line
  return `${name}(\n    ${what},\n    ${literal(value)},\n  )`
}

/** Columns, behind the indent of a line in a test. */
const longestLine = 108
