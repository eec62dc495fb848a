import { generateKeyPairSync, sign } from 'node:crypto'

/** The work that every peer has a plugin for, in the same words and with the same values; the plugin has its name. */
export const handlers = ['empty', 'hello', 'rich', 'log', 'transform', 'crypto'] as const

export type Handler = (typeof handlers)[number]

/** What an instance of a handler is started with, and what its requests carry beyond what the client knows. */
export interface Work {
  readonly config: Readonly<Record<string, string>>
  readonly authorization?: string
}

export function workOf(handler: Handler): Work {
  if (handler !== 'crypto') return { config: {} }
  crypto ??= createToken()
  return crypto
}

let crypto: Work | undefined

/** A token as an identity provider signs it (RS256, 2048 bits), and the key to verify it. */
function createToken(): Work {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const claims = {
    iss: 'https://identity.example',
    sub: 'bench-subject',
    iat: 1_700_000_000,
    scope: 'read write',
  }
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url')
  return {
    config: { public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    authorization: `Bearer ${signed}.${signature}`,
  }
}
