import { isIPv6 } from 'node:net'

/**
 * Whose an address is: of IPv6 its network of 64 bits, as one subscriber has all the addresses of one. Takes addresses
 * as nginx writes them.
 */
export function subscriberOf(address: string): string {
  const [, mapped] = /^::ffff:([\d.]+)$/.exec(address) ?? []
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [start = [], end = []] = address.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array(8 - start.length - end.length).fill('0')
  return `${[...start, ...zeros, ...end].slice(0, 4).join(':')}::/64`
}
