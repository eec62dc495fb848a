import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { reason } from '../../errors.ts'
import { hopByHop } from '../../fake-kong/headers.ts'
import { encodeText } from '../../wire/text.ts'
import { bytesOfText } from '../gateway/headers.ts'
import type { SendRequest, SentRequest } from './api.ts'
import { Refused } from './refused.ts'

/** Where the gateway listens. */
export interface SendTargets {
  readonly http: Address
  readonly tls?: Address
}

interface Address {
  readonly host: string
  readonly port: number
}

/** Milliseconds that the gateway may take in all. */
const patience = 120_000

/** Sends the gateway, and nobody else, a request of the page, and waits for the end of its response. */
export function sendRequest(
  wanted: unknown,
  targets: SendTargets,
  signal: AbortSignal,
): Promise<SentRequest> {
  const { method, url, headers, body, tls = false } = checked(wanted)
  const target = tls ? targets.tls : targets.http
  if (target === undefined) throw refused('the gateway has no port for TLS')
  const bytes = encodeText(body)
  const { host, port } = target
  const lines = linesFor(method, headers, bytes.length, `${host}:${port}`)
  const name = lines.find(([own]) => own.toLowerCase() === 'host')?.[1].replace(/:\d+$/, '') ?? ''
  const options = {
    host,
    port,
    method,
    path: url,
    headers: lines.flat(),
    setHost: false,
    agent: false,
    signal,
  }
  const sent = tls
    ? // The gateway's own certificate, made when it started: nobody has signed it.
      requestHttps({ ...options, rejectUnauthorized: false, servername: isName(name) ? name : '' })
    : requestHttp(options)
  sent.end(bytes)
  return ended(sent)
}

function ended(sent: ClientRequest): Promise<SentRequest> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Refused(504, `The gateway did not end its response within ${patience / 1000} seconds`))
      sent.destroy()
    }, patience)
    sent.on('error', (error) => {
      clearTimeout(timer)
      reject(new Refused(502, `The gateway gave no response: ${reason(error)}`))
    })
    sent.on('response', (response: IncomingMessage) => {
      response.resume()
      // Cut off or whole: the recording tells which.
      response.on('error', () => undefined)
      response.on('close', () => {
        clearTimeout(timer)
        const requestId = response.headers['x-kong-request-id']
        resolve({ status: response.statusCode ?? 0, requestId: requestId && String(requestId) })
      })
    })
  })
}

const mostHeaders = 500
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

function checked(wanted: unknown): SendRequest {
  const { method, url, headers, body, tls } = (wanted ?? {}) as Partial<Record<keyof SendRequest, unknown>>
  if (typeof method !== 'string' || !token.test(method) || method.toUpperCase() === 'CONNECT')
    throw refused('method has to be one word, as GET, and not CONNECT')
  if (typeof url !== 'string' || !/^\/[\x21-\x7e]*$/.test(url))
    throw refused(
      'url has to be a path with its query that begins with /, all else than ASCII written as %XX',
    )
  if (typeof body !== 'string') throw refused('body has to be text')
  if (tls !== undefined && typeof tls !== 'boolean') throw refused('tls has to be true or false')
  if (!Array.isArray(headers) || headers.length > mostHeaders || !headers.every(isHeader))
    throw refused(
      `headers has to be a list of at most ${mostHeaders} pairs of a name and a value, each of one line`,
    )
  return { method, url, headers, body, ...(tls !== undefined && { tls }) }
}

function isHeader(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [name, value] = pair as unknown[]
  return typeof name === 'string' && token.test(name) && typeof value === 'string' && !controls.test(value)
}

const controls = /[^\t\P{Cc}]/u

/** Headers of one connection, and what follows from the body. */
const own = new Set([...hopByHop, 'content-length', 'expect'])

function linesFor(
  method: string,
  headers: SendRequest['headers'],
  length: number,
  host: string,
): [string, string][] {
  const kept = headers.filter(([name]) => !own.has(name.toLowerCase()))
  const isNamed = kept.some(([name]) => name.toLowerCase() === 'host')
  const hasBody =
    length > 0 ||
    /^(POST|PUT|PATCH)$/i.test(method) ||
    headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  return [
    ...(isNamed ? [] : [['host', host] as [string, string]]),
    // Node writes each character of a header as one byte.
    ...kept.map(([name, value]): [string, string] => [name, bytesOfText(value)]),
    ...(hasBody ? [['content-length', String(length)] as [string, string]] : []),
    ['connection', 'close'],
  ]
}

function isName(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 && /^[\w.-]+$/.test(host)
}

function refused(why: string): Refused {
  return new Refused(400, `Cannot send this request: ${why}`)
}
