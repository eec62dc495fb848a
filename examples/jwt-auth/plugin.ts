import { type Consumer, definePlugin, type Kong, s } from 'kong-ts-pdk'
import { doubtAbout, type Headers, mostHeaders, type Told, tellService } from './identity.ts'
import { type Keys, openKeys } from './key-store.ts'
import { invalidToken, Refused, type TokenRules, verifyToken } from './token.ts'

export default definePlugin({
  version: '1.0.0',
  priority: 1450, // as Kong's own jwt plugin
  noConsumer: true,
  config: {
    issuer: s.string({ required: true, description: 'What the claim iss has to be.' }),
    audience: s.array(s.string(), {
      required: true,
      lenMin: 1,
      description: 'The claim aud has to have one of these.',
    }),
    jwks_uri: s.string({
      required: true,
      startsWith: 'https://',
      description: 'Where the keys of the issuer are, as a JSON Web Key Set.',
    }),
    jwks_ca: s.string({
      description: 'PEM of the authority behind that certificate, where it is a private one.',
    }),
    // Signatures of a private key only: with "none" or a shared secret, who knows the public keys could sign.
    algorithms: s.set(
      s.string({
        oneOf: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
      }),
      { default: ['RS256', 'ES256'], lenMin: 1 },
    ),
    clock_skew: s.number({
      default: 30,
      between: [0, 300],
      description: 'Seconds by which the clock of the issuer may differ from ours.',
    }),
    consumer_claim: s.string({
      description: 'The claim with the username or id of a consumer, who has to be known to Kong.',
    }),
    headers: s.map(s.string({ match: '^[%w-]+$' }), s.string(), {
      default: { 'x-token-subject': 'sub' },
      description: 'Headers that the service gets, each with the claim that goes into it.',
    }),
    timeout: s.integer({
      default: 2000,
      between: [1, 20_000],
      description: 'Milliseconds for one fetch of keys.',
    }),
    cache_for: s.number({ default: 600, gt: 0, description: 'Seconds until keys are fetched again.' }),
    keep_for: s.number({
      default: 3600,
      gt: 0,
      description: 'Seconds for which keys are good while no new ones can be fetched; then all is refused.',
    }),
    refetch_after: s.number({
      default: 30,
      gt: 0,
      description: 'Seconds between two fetches at least, however many tokens name unknown keys.',
    }),
  },
  init: (config) =>
    openKeys({
      uri: config.jwks_uri,
      ca: config.jwks_ca,
      timeout: config.timeout,
      cacheFor: config.cache_for * 1000,
      keepFor: config.keep_for * 1000,
      refetchAfter: config.refetch_after * 1000,
    }),
  close: (keys) => keys.close(),

  async access(kong, config, keys) {
    const headers = await kong.request.getHeaders(mostHeaders)
    const admitted = await admit(kong, config, keys, headers).catch(refusalOf)
    if (!(admitted instanceof Refused)) return tellService(kong, headers, admitted)
    return kong.response.exit(admitted.status, { message: admitted.message }, admitted.headers)
  },
})

interface Rules extends TokenRules {
  readonly consumer_claim?: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** What the service is told of a request that passes; throws `Refused` for another. */
async function admit(kong: Kong<'access'>, rules: Rules, keys: Keys, headers: Headers): Promise<Told> {
  const names = Object.keys(rules.headers).map((name) => name.toLowerCase())
  const doubt = doubtAbout(headers, names)
  if (doubt !== undefined) throw new Refused(400, doubt)
  const claims = await verifyToken(headers.authorization, keys.keyFor, rules)
  const told = headersOf(claims, rules.headers)
  if (rules.consumer_claim === undefined) return told
  const consumer = await consumerOf(kong, claims[rules.consumer_claim])
  kong.client.authenticate(consumer, { id: consumer.id, consumer_id: consumer.id })
  return {
    ...told,
    'x-consumer-id': consumer.id,
    'x-consumer-username': consumer.username,
    'x-consumer-custom-id': consumer.custom_id,
    'x-credential-identifier': consumer.id,
  }
}

function headersOf(claims: Readonly<Record<string, unknown>>, names: Readonly<Record<string, string>>): Told {
  return Object.fromEntries(
    Object.entries(names).map(([name, claim]) => [name.toLowerCase(), textOf(claim, claims[claim])]),
  )
}

/** A list becomes its members with commas between. */
function textOf(claim: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const isList = Array.isArray(value)
  const members: readonly unknown[] = isList ? value : [value]
  // A line break would begin another header, and a comma another member.
  const fits = (member: unknown) =>
    typeof member !== 'object' && /^[ -~]*$/.test(String(member)) && !(isList && String(member).includes(','))
  if (!members.every(fits)) throw invalidToken(`The claim ${claim} of the token does not fit into a header`)
  return members.join(',')
}

async function consumerOf(kong: Kong<'access'>, name: unknown): Promise<Consumer> {
  const consumer =
    typeof name === 'string' && name !== '' ? await kong.client.loadConsumer(name, true) : undefined
  if (consumer === undefined) throw new Refused(403, 'You cannot consume this service')
  return consumer
}

/** Whatever else was thrown becomes 500: nobody passes by mistake. */
function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error
  throw error
}
