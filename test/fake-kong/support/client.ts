import type { World } from '../../../src/fake-kong/world.ts'
import { encodeText } from '../../../src/wire/text.ts'
import type { Client } from './recorded.ts'

/** How what the client would get differs from what it got; measured times and nginx's own Date do not count. */
export function clientDifference(
  client: Client,
  world: World,
  end: 'answered' | 'refused',
): string | undefined {
  const { response } = world
  if (client.status === undefined) return streamDifference(client, world, end)
  if (end === 'refused') return 'the connection ends, and the client got an answer'
  if (response.status !== client.status) return `the status ${response.status} is not ${client.status}`
  if (client.rawHeaders === undefined) return undefined
  const isEcho = response.source === 'service'
  const ours = linesOf(
    Object.entries(response.headers).flatMap(([name, values]) => values.map((one) => [name, one])),
  )
  const kongs = linesOf(pairsOf(client.rawHeaders))
  if (ours !== kongs) return `the headers ${ours} are not ${kongs}`
  // The recorder cut long bodies off; Content-Length was compared with the headers.
  if (isEcho && typeof client.body === 'string' && client.body.length === recordedLength) return undefined
  const body = isEcho ? echoed(response.body.toString()) : response.body.toString('latin1')
  const kongBody =
    typeof client.body === 'string'
      ? isEcho
        ? echoed(client.body)
        : Buffer.from(client.body).toString('latin1')
      : Buffer.from(client.body?.base64 ?? '', 'base64').toString('latin1')
  return body === kongBody ? undefined : `the body ${body} is not ${kongBody}`
}

const recordedLength = 600

/** A stream is answered by the service's bytes, or by the plugin's, or ends without any. */
function streamDifference(client: Client, { response }: World, end: string): string | undefined {
  const isRefused = client.error !== undefined || client.tcp === ''
  const hasBody = response.source === 'exit' && response.body.length > 0
  if (isRefused)
    return end === 'refused' || (response.source === 'exit' && !hasBody)
      ? undefined
      : 'the connection goes on, and Kong ended it'
  if (end === 'refused') return 'the connection ends, and Kong let it go on'
  if (response.source === 'service') return undefined
  const ours = response.body.toString()
  const kongs = client.tcp ?? ''
  return ours === kongs ? undefined : `the bytes ${ours} are not ${kongs}`
}

const measured = new Set([
  'date',
  'x-kong-proxy-latency',
  'x-kong-response-latency',
  'x-kong-upstream-latency',
])

function linesOf(pairs: readonly (readonly string[])[]): string {
  return pairs
    .map(([name = '', value = '']) => [name.toLowerCase(), measured.has(name.toLowerCase()) ? '' : value])
    .filter(([name]) => name !== 'date')
    .map(([name, value = '']) => `${name}: ${encodeText(value).toString('latin1').trim()}`)
    .sort()
    .join('\n')
}

function pairsOf(raw: readonly string[]): string[][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []))
}

/** What the service was sent: header names in lower case and in one order, lines of one name in theirs. */
function echoed(body: string): string {
  const { rawHeaders, body_hex, ...rest } = JSON.parse(body) as {
    rawHeaders: string[]
    body_hex: string
    method: string
    url: string
  }
  const pairs = pairsOf(rawHeaders).map(([name = '', value]) => [name.toLowerCase(), value])
  const headers = pairs.toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
  const sent = Buffer.from(body_hex, 'hex').toString('latin1')
  return JSON.stringify({ ...rest, headers, body: sent.startsWith('{') ? sortedMembers(sent) : sent })
}

function sortedMembers(json: string): unknown {
  return Object.entries(JSON.parse(json) as object).sort(([a], [b]) => (a < b ? -1 : 1))
}
