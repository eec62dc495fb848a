import { BlockList, isIP, isIPv6 } from 'node:net'
import { definePlugin, s } from 'kong-ts-pdk'

const addresses = s.array(s.string({ match: '^[%x.:]+/?%d*$' }), {
  lenMin: 1,
  description: 'Addresses and ranges, as 10.0.0.1, 10.0.0.0/8 or fd00::/8.',
})

export default definePlugin({
  version: '1.0.0',
  priority: 990,
  protocols: ['tcp', 'tls'],
  noConsumer: true,
  config: { allow: addresses, deny: addresses },
  entityChecks: [{ atLeastOneOf: ['allow', 'deny'] }],
  init: ({ allow, deny = [] }) => ({ allowed: allow && listOf(allow), denied: listOf(deny) }),

  async preread(kong, _config, { allowed, denied }) {
    const ip = await kong.client.getForwardedIp()
    const family = familyOf(ip)
    // What is no address, as that of a unix socket, is on no list: neither allowed nor known not to be denied.
    if (isIP(ip) === 0 || denied.check(ip, family) || allowed?.check(ip, family) === false) {
      kong.log.notice('refused a connection from ', ip)
      return kong.response.exit(403)
    }
  },

  async log(kong) {
    const { client_ip, session } = await kong.log.serialize()
    kong.log.notice(client_ip, ' sent ', session?.received, ' and got ', session?.sent, ' bytes')
  },
})

/** Throws for what is no address, which closes every connection until the configuration is right. */
function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    // An empty prefix would be 0, and the list one of all addresses.
    if (prefix === '') throw new Error(`Cannot use ${entry} as a range: there is no number behind /`)
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
