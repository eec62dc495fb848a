import { BlockList, isIP, isIPv6 } from 'node:net'
import { definePlugin, s } from 'kong-ts-pdk'

export default definePlugin({
  version: '0.1.0',
  priority: 990,
  protocols: ['tcp', 'tls'],
  noConsumer: true,
  config: {
    allow: s.array(s.string({ match: '^[%x.:]+/?%d*$' }), {
      required: true,
      lenMin: 1,
      description: 'Addresses and ranges that may connect, as 10.0.0.1, 10.0.0.0/8 or fd00::/8.',
    }),
  },
  init: ({ allow }) => listOf(allow),

  async preread(kong, _config, allowed) {
    const address = await kong.client.getForwardedIp()
    if (allowed.check(address, familyOf(address))) return
    kong.log.notice('refused a connection from ', address)
    return kong.response.exit(403) // closes it: nothing reaches the service
  },

  async log(kong) {
    const { client_ip, session } = await kong.log.serialize()
    kong.log.notice(client_ip, ' sent ', session?.received, ' and got ', session?.sent, ' bytes')
  },
})

/** Throws for what is no address: every connection is closed until the configuration is right. */
function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    if (isIP(address) === 0) throw new Error(`Cannot allow ${entry}: ${address} is no address`)
    // An empty prefix would be 0, which allows all addresses.
    if (prefix === '') throw new Error(`Cannot allow ${entry}: there is no number behind /`)
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
