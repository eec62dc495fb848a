import * as a from '../arguments.ts'
import type { Json } from '../entities.ts'
import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const enterpriseEdition = {
  jwe: {
    /**
     * Encrypts text as a JSON Web Encryption token; Kong Gateway Enterprise only.
     * Not verified against a gateway: Kong documents it as a module, which may not be reachable from outside.
     *
     * @param alg how the key is encrypted: `dir`, `RSA-OAEP` or `ECDH-ES`
     * @param enc how the text is encrypted: `A256GCM`
     * @param key the key, as PEM text or a JWK
     * @param plaintext the text to encrypt
     * @param options further settings, as Kong documents them
     * @returns the token, or `undefined` when Kong could not make one
     * @phases all
     * @dialects MsgPack:1
     * @since Kong Gateway Enterprise 3.x
     * @fails on the open-source gateway the result is always `undefined`
     * @example
     * const token = await kong.enterpriseEdition.jwe.encrypt('dir', 'A256GCM', { kty: 'oct', k: 'c2VjcmV0' }, 'hello')
     * if (token === undefined) kong.log.err('no token')
     */
    encrypt: method<
      (
        alg: string,
        enc: string,
        key: string | object,
        plaintext: string,
        options?: object,
      ) => Promise<string | undefined>
    >()({
      name: 'kong.enterprise_edition.jwe.encrypt',
      phases: everyPhase,
      args: [
        a.text('alg'),
        a.text('enc'),
        a.textOrObject('key'),
        a.text('plaintext'),
        a.optional(a.object('options')),
      ],
      result: r.maybeText,
      since: '3.x',
      edition: 'enterprise',
    }),

    /**
     * Decrypts a JSON Web Encryption token; Kong Gateway Enterprise only.
     * Not verified against a gateway: Kong documents it as a module, which may not be reachable from outside.
     *
     * @param key the key, as PEM text or a JWK
     * @param token the token in compact form
     * @returns the text, or `undefined` when Kong could not decrypt it
     * @phases all
     * @dialects MsgPack:1
     * @since Kong Gateway Enterprise 3.x
     * @fails on the open-source gateway the result is always `undefined`
     * @example
     * const text = await kong.enterpriseEdition.jwe.decrypt({ kty: 'oct', k: 'c2VjcmV0' }, 'a.b.c.d.e')
     * if (text === undefined) kong.log.err('not readable')
     */
    decrypt: method<(key: string | object, token: string) => Promise<string | undefined>>()({
      name: 'kong.enterprise_edition.jwe.decrypt',
      phases: everyPhase,
      args: [a.textOrObject('key'), a.text('token')],
      result: r.maybeText,
      since: '3.x',
      edition: 'enterprise',
    }),

    /**
     * Takes a JSON Web Encryption token apart without decrypting it; Kong Gateway Enterprise only.
     * Not verified against a gateway: Kong documents it as a module, which may not be reachable from outside.
     *
     * @param token the token in compact form
     * @returns its parts, or `undefined` when Kong could not read it
     * @phases all
     * @dialects MsgPack:1
     * @since Kong Gateway Enterprise 3.x
     * @fails on the open-source gateway the result is always `undefined`
     * @example
     * const parts = await kong.enterpriseEdition.jwe.decode('a.b.c.d.e')
     * if (parts === undefined) kong.log.err('not a token')
     */
    decode: method<(token: string) => Promise<Json | undefined>>()({
      name: 'kong.enterprise_edition.jwe.decode',
      phases: everyPhase,
      args: [a.text('token')],
      result: r.value,
      since: '3.x',
      edition: 'enterprise',
    }),
  },
} as const
