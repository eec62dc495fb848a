import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'
import { exchangeOf } from '../support/readme-exchange.ts'
import { createKey, type Issuer, signToken, signWithPublicKey, startIssuer, unsigned } from './issuer.ts'
import jwtAuth from './plugin.ts'

const alice = { id: '33333333-3333-4333-8333-333333333333', username: 'alice', custom_id: 'A1' }
const rsa = createKey('rsa')
const elliptic = createKey('elliptic', 'ES256')
const stranger = createKey('rsa')
const now = Math.floor(Date.now() / 1000)
const claims = { iss: 'https://issuer.example', aud: ['shop', 'orders'], sub: 'alice', exp: now + 3600 }

let issuer: Issuer

test.before(async () => {
  issuer = await startIssuer([rsa, elliptic])
})
test.after(() => issuer.stop())

function config() {
  return { issuer: claims.iss, audience: ['orders'], jwks_uri: issuer.uri, jwks_ca: issuer.ca }
}

function bearer(token: string, more: Readonly<Record<string, string | readonly string[]>> = {}) {
  return { request: { headers: { authorization: `Bearer ${token}`, ...more } } }
}

/** Tokens that must not pass, each with what the client is told. */
const refused: readonly (readonly [what: string, token: string, message: string])[] = [
  [
    'without a signature',
    `${unsigned({ alg: 'none' }, claims)}.`,
    'The algorithm of the token is not accepted',
  ],
  [
    'signed with the public key',
    signWithPublicKey(rsa, claims),
    'The algorithm of the token is not accepted',
  ],
  [
    'with another algorithm than configured',
    signToken(rsa, claims, { alg: 'PS256' }),
    'The algorithm of the token is not accepted',
  ],
  [
    'with the algorithm of another key',
    signToken(rsa, claims, { alg: 'ES256' }),
    'The key of the token is not known',
  ],
  ['of an unknown key', signToken(createKey('new'), claims), 'The key of the token is not known'],
  ['of a stranger with the name of a key', signToken(stranger, claims), 'The token is not valid'],
  [
    'that brings its own key',
    signToken(stranger, claims, { jwk: stranger.publicKey.export({ format: 'jwk' }) }),
    'The token is not valid',
  ],
  ['with other claims than were signed', changed(signToken(rsa, claims)), 'The token is not valid'],
  [
    'of another issuer',
    signToken(rsa, { ...claims, iss: 'https://other.example' }),
    'The claim iss of the token is not accepted',
  ],
  [
    'for another audience',
    signToken(rsa, { ...claims, aud: 'payments' }),
    'The claim aud of the token is not accepted',
  ],
  [
    'without an audience',
    signToken(rsa, { ...claims, aud: undefined }),
    'The claim aud of the token is missing',
  ],
  ['that never ends', signToken(rsa, { ...claims, exp: undefined }), 'The claim exp of the token is missing'],
  ['that ended', signToken(rsa, { ...claims, exp: now - 60 }), 'The token has expired'],
  [
    'that begins later',
    signToken(rsa, { ...claims, nbf: now + 3600 }),
    'The claim nbf of the token is not accepted',
  ],
  [
    'with a line break for a header',
    signToken(rsa, { ...claims, sub: 'a\r\nx-admin: 1' }),
    'The claim sub of the token does not fit into a header',
  ],
  [
    'with an object for a header',
    signToken(rsa, { ...claims, sub: { a: 1 } }),
    'The claim sub of the token does not fit into a header',
  ],
  [
    'with a list for a header that would be another list there',
    signToken(rsa, { ...claims, sub: ['staff', 'ops,root'] }),
    'The claim sub of the token does not fit into a header',
  ],
  ['that is none', 'nonsense', 'The token is not valid'],
]

function changed(token: string): string {
  const [header, , signature] = token.split('.')
  const other = unsigned({}, { ...claims, sub: 'root' }).split('.')[1]
  return [header, other, signature].join('.')
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [jwtAuth, binaryOf('jwt-auth')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`jwt-auth: a token of either key passes, and the service gets its subject (${where})`, async () => {
      const server = await start(plugin, { dialect })
      for (const key of [rsa, elliptic]) {
        const { response, upstream } = await server.run({
          config: config(),
          ...bearer(signToken(key, claims)),
        })
        assert.is(response.status, 200, response.text)
        assert.is(upstream?.headers['x-token-subject'], 'alice')
      }
      await server.close()
    })

    test(`jwt-auth: what a client says of itself does not reach the service (${where})`, async () => {
      const spoofed = {
        'x-consumer-id': '1',
        'X-Consumer-Username': 'root',
        'x-consumer-custom-id': '2',
        'x-credential-identifier': '3',
        'x-anonymous-consumer': 'true',
        'X-Token-Subject': 'root',
        'X-Consumer-Groups': 'root',
        'x-authenticated-groups': 'root',
        'X-Authenticated-UserId': '4',
        X_Consumer_Username: 'root',
        'x_credential-identifier': '5',
        'x-roles': 'admin',
        'x-groups': ['root', 'root'],
        X_Groups: 'root',
        'x-own': 'kept',
      }
      const headers = { 'X-Token-Subject': 'sub', 'x-roles': 'roles', 'x-groups': 'groups' }
      const taken: Record<string, string> = {
        'x-token-subject': 'alice',
        'x-groups': 'staff,ops 2',
        'x-own': 'kept',
      }
      const { upstream } = await run(plugin, {
        dialect,
        config: { ...config(), headers },
        ...bearer(signToken(rsa, { ...claims, groups: ['staff', 'ops 2'] }), spoofed),
      })
      for (const name of Object.keys(spoofed).map((name) => name.toLowerCase()))
        assert.is(upstream?.headers[name], taken[name], name)
    })

    test(`jwt-auth: two tokens are none, and what Kong would take away or leave out is refused (${where})`, async () => {
      const server = await start(plugin, { dialect })
      const token = signToken(rsa, claims)
      const many = Array.from({ length: 1000 }, () => '1')
      for (const [more, status] of [
        [{ authorization: [`Bearer ${token}`, `Bearer ${token}`] }, 401],
        [{ connection: 'close, X-Token-Subject' }, 400],
        [{ connection: 'x-consumer-id' }, 400],
        [{ 'x-many': many }, 400],
        [{ connection: 'close, x-own', 'x-many': many.slice(10) }, 200],
      ] as const) {
        const { response, upstream } = await server.run({ config: config(), ...bearer(token, more) })
        assert.equal(
          [response.status, upstream === undefined],
          [status, status !== 200],
          JSON.stringify(more),
        )
      }
      await server.close()
    })

    test(`jwt-auth: with consumer_claim the request is that of a consumer, whom Kong has to know (${where})`, async () => {
      const server = await start(plugin, { dialect })
      const outcomeOf = (sub: unknown) =>
        server.run({
          config: { ...config(), consumer_claim: 'sub' },
          consumers: [alice],
          ...bearer(signToken(rsa, { ...claims, sub }), { 'x-consumer-username': 'root' }),
        })
      const passed = await outcomeOf('alice')
      assert.equal([passed.consumer?.username, passed.credential?.consumer_id], ['alice', alice.id])
      assert.is(passed.upstream?.headers['x-consumer-id'], alice.id)
      assert.is(passed.upstream?.headers['x-consumer-username'], 'alice')
      assert.is(passed.upstream?.headers['x-consumer-custom-id'], 'A1')
      assert.is(passed.upstream?.headers['x-credential-identifier'], alice.id)
      for (const sub of ['bob', undefined]) {
        const { response, upstream, consumer } = await outcomeOf(sub)
        assert.equal([response.status, upstream, consumer], [403, undefined, undefined])
      }
      await server.close()
    })

    test(`jwt-auth: refuses every token that is not of the issuer, for us and for now (${where})`, async () => {
      const server = await start(plugin, { dialect })
      for (const [what, token, message] of refused) {
        const { response, upstream } = await server.run({ config: config(), ...bearer(token) })
        assert.equal([response.status, upstream], [401, undefined], what)
        assert.equal(JSON.parse(response.text), { message }, what)
        const challenge = `Bearer realm="kong", error="invalid_token", error_description="${message}"`
        assert.is(response.headers['www-authenticate'], challenge)
      }
      for (const authorization of [undefined, 'Basic YTpi', 'Bearer', 'Bearer a b']) {
        const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
        const { response, upstream } = await server.run({ config: config(), request: { headers } })
        assert.equal([response.status, upstream], [401, undefined], authorization)
        assert.is(response.headers['www-authenticate'], 'Bearer realm="kong"')
      }
      await server.close()
    })
  }

test('jwt-auth: clock_skew lets a token pass a little before and behind its time', async () => {
  const early = signToken(rsa, { ...claims, nbf: now + 60 })
  const late = signToken(rsa, { ...claims, exp: now - 60 })
  for (const token of [early, late])
    for (const [clock_skew, status] of [
      [300, 200],
      [0, 401],
    ] as const)
      assert.is(
        (await run(jwtAuth, { config: { ...config(), clock_skew }, ...bearer(token) })).response.status,
        status,
      )
})

test('jwt-auth: fails closed where Kong raises or goes away', async () => {
  const options = {
    config: { ...config(), consumer_claim: 'sub' },
    consumers: [alice],
    ...bearer(signToken(rsa, claims)),
  }
  for (const call of ['kong.request.get_headers', 'kong.client.load_consumer', 'kong.client.authenticate']) {
    const raised = await run(jwtAuth, { ...options, fault: { raise: call, words: 'no memory' } })
    assert.equal([raised.response.status, raised.upstream], [500, undefined], call)
    const closed = await run(jwtAuth, { ...options, fault: { close: call } })
    assert.equal([closed.end, closed.upstream], ['closed', undefined], call)
  }
})

test('jwt-auth: a configuration cannot allow shared secrets, no signature, or keys without TLS', async () => {
  const wrong = [
    [{ algorithms: ['HS256'] }, 'config.algorithms'],
    [{ algorithms: ['none'] }, 'config.algorithms'],
    [{ jwks_uri: issuer.uri.replace('https', 'http') }, 'config.jwks_uri: should start with: https://'],
  ] as const
  for (const [change, sentence] of wrong)
    await run(jwtAuth, { config: { ...config(), ...change } as ReturnType<typeof config> }).then(
      () => assert.unreachable(sentence),
      (error: Error) => assert.match(error.message, sentence),
    )
})

test('jwt-auth: README: the configuration that it shows gives the answers that it shows', async () => {
  const shown = exchangeOf('jwt-auth')
  const [seen] = shown.others
  const [method = '', path = ''] = shown.request.first.split(' ')
  const own = { iss: shown.config.issuer, aud: (shown.config.audience as string[])[0], sub: 'alice' }
  const outcomeOf = (exp: number) => {
    const token = signToken(rsa, { ...own, exp })
    const headers = { ...shown.request.headers, authorization: `Bearer ${token}` }
    return run(binaryOf('jwt-auth'), {
      config: { ...shown.config, jwks_uri: issuer.uri, jwks_ca: issuer.ca },
      consumers: [alice],
      route: { paths: ['/orders'], strip_path: false },
      request: { method, path, headers },
    })
  }
  const expired = await outcomeOf(now - 3600)
  assert.is(shown.answer.first, `HTTP/1.1 ${expired.response.status} Unauthorized`)
  assert.is(expired.response.text, shown.answer.body)
  for (const [name, value] of Object.entries(shown.answer.headers))
    assert.is(expired.response.headers[name], value, name)
  const passed = await outcomeOf(now + 3600)
  assert.is(seen?.first, `${passed.upstream?.method} ${passed.upstream?.path} HTTP/1.1`)
  for (const [name, value] of Object.entries(seen?.headers ?? {}))
    if (name !== 'authorization') assert.is(passed.upstream?.headers[name], value, name)
})

test.run()
