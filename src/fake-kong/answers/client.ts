import type { Consumer, ConsumerGroup, Credential } from '../../pdk/entities.ts'
import type { methods } from '../../pdk/methods.ts'
import { type AnswersFor, Raised } from '../answer.ts'
import { firstHeader } from '../headers.ts'
import { isTrusted } from '../ip.ts'
import { isTable, luaType, textOf } from '../lua.ts'
import { accepted, checkRequest, during, live } from '../phase-check.ts'

export const client = {
  'kong.client.get_ip': live(({ world }) => world.client.ip),
  'kong.client.get_forwarded_ip': live(({ world }) => world.client.forwardedIp),
  'kong.client.get_port': live(({ world }) => world.client.port),
  'kong.client.get_forwarded_port': live(({ world }) => world.client.forwardedPort),
  'kong.client.get_credential': during(accepted.afterRouting, ({ world }) => world.credential),
  'kong.client.get_consumer': during(accepted.afterRouting, ({ world }) => world.consumer),
  'kong.client.load_consumer': during(accepted.afterRouting, ({ world }, [id, byUsername]) => {
    if (luaType(id) !== 'string') throw new Raised('consumer_id must be a string')
    const wanted = textOf(id)
    const bySameName = byUsername !== undefined && byUsername !== false
    if (!uuid.test(wanted) && !bySameName)
      throw new Raised('cannot load a consumer with an id that is not a uuid')
    return (
      world.consumers.find((consumer) => uuid.test(wanted) && consumer.id === wanted) ??
      world.consumers.find((consumer) => bySameName && consumer.username === wanted)
    )
  }),
  'kong.client.authenticate': during(accepted.access, ({ world }, [consumer, credential]) => {
    for (const [name, value] of [
      ['consumer', consumer],
      ['credential', credential],
    ] as const)
      if (value !== undefined && !isTable(value)) throw new Raised(`${name} must be a table or nil`)
    if (consumer === undefined && credential === undefined)
      throw new Raised('either credential or consumer must be provided')
    world.consumer = consumer as Consumer | undefined
    world.credential = credential as Credential | undefined
  }),
  'kong.client.get_protocol': during(accepted.afterRouting, (scene, [allowTerminated]) => {
    const { world } = scene
    const protocols = world.route?.protocols
    if (protocols === undefined || protocols.length < 2) return protocols?.[0]
    // What follows asks nginx for the client's address.
    checkRequest(scene)
    if (world.subsystem === 'stream') return world.client.protocol
    if (world.request.scheme === 'https') return 'https'
    const terminated = allowTerminated !== undefined && allowTerminated !== false
    if (!terminated || !isTrusted(world, world.client.ip)) return 'http'
    const forwarded = firstHeader(world.request.headers, 'x-forwarded-proto') ?? ''
    if (forwarded.includes(',')) return undefined
    return forwarded.toLowerCase() === 'https' ? 'https' : 'http'
  }),
  'kong.client.get_consumer_group': ({ world }) => world.groups[0],
  'kong.client.get_consumer_groups': ({ world }) => (world.groups.length === 0 ? undefined : world.groups),
  'kong.client.set_authenticated_consumer_group': ({ world }, [group]) => {
    world.groups = isTable(group) ? [group as ConsumerGroup] : []
  },
  'kong.client.set_authenticated_consumer_groups': ({ world }, [groups]) => {
    world.groups = Array.isArray(groups) ? (groups as ConsumerGroup[]) : []
  },
  'kong.client.authenticate_consumer_group_by_consumer_id': () => undefined,
  'kong.client.tls.request_client_certificate': during(accepted.certificate, ({ world }) => {
    world.client.isAskedForCertificate = true
    return true
  }),
  'kong.client.tls.disable_session_reuse': during(accepted.certificate, () => true),
  'kong.client.tls.get_full_client_certificate_chain': during(
    accepted.clientCertificate,
    live(({ world }) => world.client.certificateChain),
  ),
  'kong.client.tls.set_client_verify': during(accepted.verifyClient, ({ world }, [verified]) => {
    if (luaType(verified) !== 'string') throw new Raised('assertion failed!')
    const words = textOf(verified)
    if (words !== 'SUCCESS' && words !== 'NONE' && !words.startsWith('FAILED:'))
      throw new Raised(
        `unknown client verify value: ${words} accepted values are: "SUCCESS", "NONE" or "FAILED:<reason>"`,
      )
    world.variables.ssl_client_verify = words
  }),
} satisfies AnswersFor<typeof methods.client>

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
