import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { generate } from 'selfsigned'

/** Server names for which a certificate is made; more come from nobody who works here. */
const mostNames = 100

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Certificates of our own, made when they are first asked for, and kept in memory only. */
export class Certificates {
  readonly #made = new Map<string, Promise<Certificate>>()

  /** For this machine's own names, and one more. */
  get(name = ''): Promise<Certificate> {
    const key = isUsable(name) && (this.#made.has(name) || this.#made.size < mostNames) ? name : ''
    const made = this.#made.get(key) ?? makeCertificate(key)
    this.#made.set(key, made)
    return made
  }

  async context(name: string): Promise<SecureContext> {
    return createSecureContext({ ...(await this.get(name)) })
  }
}

function isUsable(name: string): boolean {
  return name !== 'localhost' && isIP(name) === 0 && /^[a-z0-9.*_-]{1,253}$/i.test(name)
}

async function makeCertificate(name: string): Promise<Certificate> {
  const names = ['localhost', ...(name === '' ? [] : [name])]
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'kong-ts dev' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  return { key, cert }
}
