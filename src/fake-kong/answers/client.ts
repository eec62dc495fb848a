import type { methods } from '../../pdk/methods.ts'
import type { AnswersFor } from '../answer.ts'
import { tableOf, textOf } from '../lua.ts'

export const client = {
  'kong.client.get_ip': ({ world }) => world.client.ip,
  'kong.client.get_forwarded_ip': ({ world }) => world.client.forwardedIp,
  'kong.client.get_port': ({ world }) => world.client.port,
  'kong.client.get_forwarded_port': ({ world }) => world.client.forwardedPort,
  'kong.client.get_credential': ({ world }) => world.credential,
  'kong.client.get_consumer': ({ world }) => world.consumer,
  'kong.client.load_consumer': ({ world }, [id, byUsername]) =>
    world.consumers.find(
      (consumer) => consumer.id === id || (byUsername === true && consumer.username === textOf(id)),
    ),
  'kong.client.authenticate': ({ world }, [consumer, credential]) => {
    world.consumer = consumer === undefined ? undefined : { id: '', ...tableOf(consumer) }
    world.credential = credential === undefined ? undefined : { id: '', ...tableOf(credential) }
  },
  'kong.client.get_protocol': ({ world }) => world.client.protocol,
  'kong.client.get_consumer_group': ({ world }) => world.groups[0],
  'kong.client.get_consumer_groups': ({ world }) => (world.groups.length === 0 ? undefined : world.groups),
  'kong.client.set_authenticated_consumer_group': ({ world }, [group]) => {
    world.groups = group === undefined ? [] : [{ id: '', ...tableOf(group) }]
  },
  'kong.client.set_authenticated_consumer_groups': ({ world }, [groups]) => {
    world.groups = Object.values(groups === undefined ? [] : tableOf(groups)).map((group) => ({
      id: '',
      ...tableOf(group),
    }))
  },
  'kong.client.authenticate_consumer_group_by_consumer_id': () => undefined,
  'kong.client.tls.request_client_certificate': () => true,
  'kong.client.tls.disable_session_reuse': () => true,
  'kong.client.tls.get_full_client_certificate_chain': ({ world }) => world.client.certificateChain,
  'kong.client.tls.set_client_verify': ({ world }, [verified]) => {
    world.variables.ssl_client_verify = textOf(verified)
  },
} satisfies AnswersFor<typeof methods.client>
