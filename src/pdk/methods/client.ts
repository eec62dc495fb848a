import { fault } from '../../errors.ts'
import * as a from '../arguments.ts'
import type { Consumer, ConsumerGroup, Credential, Protocol } from '../entities.ts'
import { afterRouting, beforeLog, liveRequestPhases } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

const none = (value: unknown) => value === undefined || value === null
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const client = {
  /**
   * Address of the peer that is connected to Kong: the client, or the proxy in front of Kong.
   *
   * @returns an IPv4 or IPv6 address
   * @phases rewrite, access, response, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in certificate and log Kong raises, so the function is not offered there
   * @example
   * const ip = await kong.client.getIp()
   * kong.log.info('connected from ', ip)
   */
  getIp: method<() => Promise<string>>()({
    name: 'kong.client.get_ip',
    phases: liveRequestPhases,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Address of the client after `real_ip_header` and `trusted_ips` of kong.conf were applied.
   *
   * @returns an IPv4 or IPv6 address; that of the peer when no trusted proxy names another
   * @phases rewrite, access, response, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in certificate and log Kong raises, so the function is not offered there
   * @example
   * kong.log.info('client ', await kong.client.getForwardedIp())
   */
  getForwardedIp: method<() => Promise<string>>()({
    name: 'kong.client.get_forwarded_ip',
    phases: liveRequestPhases,
    args: [],
    result: r.text,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'String', since: '2.4' },
  }),

  /**
   * Port of the peer that is connected to Kong.
   *
   * @returns a port, 0 to 65535
   * @phases rewrite, access, response, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in certificate and log Kong raises, so the function is not offered there
   * @example
   * kong.log.info('from port ', await kong.client.getPort())
   */
  getPort: method<() => Promise<number>>()({
    name: 'kong.client.get_port',
    phases: liveRequestPhases,
    args: [],
    result: r.number,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Int', since: '2.4' },
  }),

  /**
   * Port of the client after `real_ip_header` and `trusted_ips` of kong.conf were applied.
   *
   * @returns a port, 0 to 65535
   * @phases rewrite, access, response, preread
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in certificate and log Kong raises, so the function is not offered there
   * @example
   * kong.log.info('client port ', await kong.client.getForwardedPort())
   */
  getForwardedPort: method<() => Promise<number>>()({
    name: 'kong.client.get_forwarded_port',
    phases: liveRequestPhases,
    args: [],
    result: r.number,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Int', since: '2.4' },
  }),

  /**
   * Credential that an authentication plugin accepted for this request.
   *
   * @returns the credential, or `undefined` when nobody authenticated. ProtoBuf:1 carries `id` and
   *   `consumer_id` only, and leaves `consumer_id` empty for Kong's own plugins; MsgPack:1 carries the whole
   *   entity, secrets included
   * @phases access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * const credential = await kong.client.getCredential()
   * if (credential === undefined) kong.log.notice('nobody authenticated')
   */
  getCredential: method<() => Promise<Credential | undefined>>()({
    name: 'kong.client.get_credential',
    phases: afterRouting,
    args: [],
    result: r.entity,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'AuthenticatedCredential', since: '2.4' },
  }),

  /**
   * Looks a consumer up in Kong's cache or database.
   *
   * @param consumerId the consumer's UUID; a username too when `searchByUsername` is true
   * @param searchByUsername whether to try `consumerId` as a username after it was no id; default false
   * @returns the consumer, or `undefined` when there is none, or when the database failed (Kong does not tell
   *   which)
   * @phases access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails when `consumerId` is no UUID and `searchByUsername` is not true
   * @example
   * const alice = await kong.client.loadConsumer('alice', true)
   * kong.log.info(alice?.custom_id ?? 'alice is unknown')
   */
  loadConsumer: method<(consumerId: string, searchByUsername?: boolean) => Promise<Consumer | undefined>>()({
    name: 'kong.client.load_consumer',
    phases: afterRouting,
    args: [a.text('consumer_id'), a.defaulted(a.flag('search_by_username'), false)],
    result: r.entity,
    since: '2.0',
    protobuf: { takes: 'ConsumerSpec', gives: 'Consumer', since: '2.4' },
    finish(args, where) {
      const [id, byUsername] = args
      if (byUsername !== true && !uuid.test(String(id)))
        throw fault('BAD_ARGUMENT', where, 'consumer_id', 'a UUID, as search_by_username is not true', id)
      return args
    },
  }),

  /**
   * Consumer that an authentication plugin found for this request.
   *
   * @returns the consumer, or `undefined` when nobody authenticated
   * @phases access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails never
   * @example
   * const consumer = await kong.client.getConsumer()
   * kong.log.info('request of ', consumer?.username ?? 'nobody')
   */
  getConsumer: method<() => Promise<Consumer | undefined>>()({
    name: 'kong.client.get_consumer',
    phases: afterRouting,
    args: [],
    result: r.entity,
    since: '2.0',
    protobuf: { takes: 'Empty', gives: 'Consumer', since: '2.4' },
  }),

  /**
   * Says who makes this request: later plugins, rate limits and logs go by it.
   * The service is told nothing of it: `X-Consumer-*` headers are the plugin's to set, and to clear where a client sent them.
   *
   * @param consumer the consumer, as `loadConsumer` gave it
   * @param credential the credential, with at least `id`; ProtoBuf:1 carries its `id` and `consumer_id` only
   * @returns nothing
   * @phases access
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails when both are left out; over MsgPack:1 a credential needs a consumer before it
   * @example
   * const alice = await kong.client.loadConsumer('alice', true)
   * if (alice === undefined) return kong.response.exit(401, { message: 'who are you?' })
   * kong.client.authenticate(alice, { id: alice.id, consumer_id: alice.id })
   */
  authenticate: method<(consumer?: Partial<Consumer>, credential?: Partial<Credential>) => Promise<void>>()({
    name: 'kong.client.authenticate',
    phases: ['access'],
    args: [a.optional(a.object('consumer')), a.optional(a.object('credential'))],
    result: r.nothing,
    since: '2.0',
    protobuf: { takes: 'AuthenticateArgs', gives: 'Empty', since: '2.4' },
    finish(args, where) {
      if (none(args[0]) && none(args[1]))
        throw fault('BAD_ARGUMENT', where, 'consumer', 'given when credential is not', args[0])
      return args
    },
  }),

  /**
   * Protocol of the route that matched, as it applies to this connection.
   *
   * @param allowTerminated whether to trust `X-Forwarded-Proto` of a trusted proxy that ended TLS; default
   *   false
   * @returns the protocol, or `undefined` when no route matched
   * @phases access, response, log
   * @dialects ProtoBuf:1, MsgPack:1
   * @since Kong 2.0
   * @fails in log, when the route allows more than one protocol: Kong raises and the event is lost.
   *   `log.serialize` has the route there
   * @example
   * if ((await kong.client.getProtocol(true)) === 'https') kong.log.info('the client used TLS')
   */
  getProtocol: method<(allowTerminated?: boolean) => Promise<Protocol | undefined>>()({
    name: 'kong.client.get_protocol',
    phases: afterRouting,
    args: [a.defaulted(a.flag('allow_terminated'), false)],
    result: r.maybeText,
    since: '2.0',
    protobuf: { takes: 'Bool', gives: 'String', since: '2.4' },
  }),

  /**
   * Consumer group that was set for this request.
   *
   * @returns the group, or `undefined` when none was set, or on the open-source gateway
   * @phases access, response, log
   * @dialects MsgPack:1
   * @since Kong Gateway Enterprise 3.x
   * @fails never
   * @example
   * const group = await kong.client.getConsumerGroup()
   * kong.log.info('group ', group?.name ?? 'none')
   */
  getConsumerGroup: method<() => Promise<ConsumerGroup | undefined>>()({
    name: 'kong.client.get_consumer_group',
    phases: afterRouting,
    args: [],
    result: r.entity,
    since: '3.x',
    edition: 'enterprise',
  }),

  /**
   * Consumer groups that were set for this request.
   *
   * @returns the groups, or `undefined` when none was set, or on the open-source gateway
   * @phases access, response, log
   * @dialects MsgPack:1
   * @since Kong Gateway Enterprise 3.x
   * @fails never
   * @example
   * for (const group of (await kong.client.getConsumerGroups()) ?? []) kong.log.info(group.name)
   */
  getConsumerGroups: method<() => Promise<ConsumerGroup[] | undefined>>()({
    name: 'kong.client.get_consumer_groups',
    phases: afterRouting,
    args: [],
    result: r.list,
    since: '3.x',
    edition: 'enterprise',
  }),

  /**
   * Sets the consumer group of this request; Kong Gateway Enterprise only.
   *
   * @param group the group; left out, the group is taken away
   * @returns nothing
   * @phases access
   * @dialects MsgPack:1
   * @since Kong Gateway Enterprise 3.x
   * @fails never: the open-source gateway does nothing
   * @example
   * kong.client.setAuthenticatedConsumerGroup({ id: '7d9b1f0e-7c70-4f3b-9a5e-0c2d3b5b8f11', name: 'gold' })
   */
  setAuthenticatedConsumerGroup: method<(group?: ConsumerGroup) => Promise<void>>()({
    name: 'kong.client.set_authenticated_consumer_group',
    phases: ['access'],
    args: [a.optional(a.object('group'))],
    result: r.nothing,
    since: '3.x',
    edition: 'enterprise',
  }),

  /**
   * Sets several consumer groups for this request; Kong Gateway Enterprise only.
   *
   * @param groups the groups; left out, they are taken away
   * @returns nothing
   * @phases access
   * @dialects MsgPack:1
   * @since Kong Gateway Enterprise 3.x
   * @fails never: the open-source gateway does nothing
   * @example
   * kong.client.setAuthenticatedConsumerGroups([{ id: '7d9b1f0e-7c70-4f3b-9a5e-0c2d3b5b8f11', name: 'gold' }])
   */
  setAuthenticatedConsumerGroups: method<(groups?: readonly ConsumerGroup[]) => Promise<void>>()({
    name: 'kong.client.set_authenticated_consumer_groups',
    phases: ['access'],
    args: [a.optional(a.objects('groups'))],
    result: r.nothing,
    since: '3.x',
    edition: 'enterprise',
  }),

  /**
   * Looks up the groups of a consumer and sets them; Kong Gateway Enterprise only.
   *
   * @param consumerId the consumer's UUID
   * @returns nothing
   * @phases access
   * @dialects MsgPack:1
   * @since Kong Gateway Enterprise 3.x
   * @fails never: the open-source gateway does nothing
   * @example
   * const consumer = await kong.client.getConsumer()
   * if (consumer !== undefined) kong.client.authenticateConsumerGroupByConsumerId(consumer.id)
   */
  authenticateConsumerGroupByConsumerId: method<(consumerId: string) => Promise<void>>()({
    name: 'kong.client.authenticate_consumer_group_by_consumer_id',
    phases: ['access'],
    args: [a.text('consumer_id')],
    result: r.nothing,
    since: '3.x',
    edition: 'enterprise',
  }),

  tls: {
    /**
     * Asks the client for a certificate in this handshake, without demanding one.
     * Kong's optional list of CA certificates is a pointer in its own memory, so it cannot be given from
     * here.
     *
     * @returns `true` when Kong will ask
     * @phases certificate
     * @dialects MsgPack:1
     * @since Kong 2.1
     * @fails never: Kong's reason for a `false` is lost on the way
     * @example
     * if (!(await kong.client.tls.requestClientCertificate())) kong.log.warn('cannot ask for a certificate')
     */
    requestClientCertificate: method<() => Promise<boolean>>()({
      name: 'kong.client.tls.request_client_certificate',
      phases: ['certificate'],
      args: [],
      result: r.done,
      since: '2.1',
    }),

    /**
     * Turns TLS session tickets and session reuse off for this connection.
     * Use it with `requestClientCertificate`: a resumed session does not ask again.
     *
     * @returns `true` when Kong turned it off
     * @phases certificate
     * @dialects MsgPack:1
     * @since Kong 2.1
     * @fails never: Kong's reason for a `false` is lost on the way
     * @example
     * await kong.client.tls.disableSessionReuse()
     */
    disableSessionReuse: method<() => Promise<boolean>>()({
      name: 'kong.client.tls.disable_session_reuse',
      phases: ['certificate'],
      args: [],
      result: r.done,
      since: '2.1',
    }),

    /**
     * Certificate that the client presented, with the chain it sent.
     *
     * @returns PEM text, or `undefined` when the client sent none
     * @phases rewrite, access, response
     * @dialects MsgPack:1
     * @since Kong 2.1
     * @fails in log Kong raises, so the function is not offered there
     * @example
     * const chain = await kong.client.tls.getFullClientCertificateChain()
     * if (chain === undefined) kong.log.notice('no client certificate')
     */
    getFullClientCertificateChain: method<() => Promise<string | undefined>>()({
      name: 'kong.client.tls.get_full_client_certificate_chain',
      phases: beforeLog,
      args: [],
      result: r.maybeText,
      since: '2.1',
    }),

    /**
     * Overrides the result of the client certificate's check, as `$ssl_client_verify` and logs show it.
     *
     * @param verified `SUCCESS`, `NONE`, or `FAILED:` and a reason
     * @returns nothing
     * @phases rewrite, access, response
     * @dialects MsgPack:1
     * @since Kong 2.1
     * @fails for any other text
     * @example
     * kong.client.tls.setClientVerify('FAILED:revoked')
     */
    setClientVerify: method<(verified: 'SUCCESS' | 'NONE' | `FAILED:${string}`) => Promise<void>>()({
      name: 'kong.client.tls.set_client_verify',
      phases: beforeLog,
      args: [a.word('v', 'SUCCESS, NONE or FAILED:<reason>', (v) => /^(SUCCESS|NONE|FAILED:.*)$/s.test(v))],
      result: r.nothing,
      since: '2.1',
    }),
  },
} as const
