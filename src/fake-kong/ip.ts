import { BlockList, isIP } from 'node:net'
import type { World } from './world.ts'

/** Whether an address is in the world's trusted addresses and ranges. */
export function isTrusted({ trustedIps }: World, address: string): boolean {
  const kind = isIP(address)
  if (kind === 0 || trustedIps.length === 0) return false
  return listOf(trustedIps).check(address, kind === 6 ? 'ipv6' : 'ipv4')
}

const lists = new WeakMap<readonly string[], BlockList>()

function listOf(trusted: readonly string[]): BlockList {
  const known = lists.get(trusted)
  if (known !== undefined) return known
  const list = new BlockList()
  for (const range of trusted) {
    const [address = '', bits] = range.split('/')
    const kind = isIP(address)
    if (kind === 0) continue
    const family = kind === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, bits === undefined ? (kind === 6 ? 128 : 32) : Number(bits), family)
  }
  lists.set(trusted, list)
  return list
}
