import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'

/** Who signs tokens in the tests: with Node's own crypto, so that no line of it is the plugin's. */
export interface Issuer {
  readonly uri: string
  /** PEM of its certificate. */
  readonly ca: string
  /** How often its keys were fetched. */
  readonly fetches: number
  /** What it answers from now on: keys, a status, any text, or nothing at all. */
  publish(answer: readonly Key[] | number | string | 'silence'): void
  stop(): Promise<void>
}

export interface Key {
  readonly kid: string
  readonly alg: 'RS256' | 'ES256'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** An https server on loopback with a certificate that was made for it. */
export async function startIssuer(keys: readonly Key[]): Promise<Issuer> {
  const pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  let answer: readonly Key[] | number | string = keys
  let fetches = 0
  const server = createServer({ key: pems.private, cert: pems.cert }, (_request, response) => {
    fetches++
    if (answer === 'silence') return
    if (typeof answer === 'number') return void response.writeHead(answer).end('{"keys":[]}')
    response.end(typeof answer === 'string' ? answer : keySetOf(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    uri: `https://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    ca: pems.cert,
    get fetches() {
      return fetches
    },
    publish(next) {
      answer = next
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export function createKey(kid: string, alg: Key['alg'] = 'RS256'): Key {
  const pair =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, alg, ...pair }
}

export function signToken(key: Key, claims: object, header: object = {}): string {
  const { alg, kid, privateKey } = key
  const text = unsigned({ alg, kid, typ: 'JWT', ...header }, claims)
  return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** What an attacker would make who takes the public key for a shared secret. */
export function signWithPublicKey({ kid, publicKey }: Key, claims: object): string {
  const text = unsigned({ alg: 'HS256', kid }, claims)
  const pem = publicKey.export({ format: 'pem', type: 'spki' })
  return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`
}

/** Header and claims, without a signature. */
export function unsigned(header: object, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}

function keySetOf(keys: readonly Key[]): string {
  return JSON.stringify({
    keys: keys.map(({ kid, alg, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      alg,
      use: 'sig',
    })),
  })
}
