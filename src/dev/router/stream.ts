import { BlockList, isIP } from 'node:net'
import type { IpAndPort, Route, Service } from '../../pdk/entities.ts'
import type { Match, RouteStream } from '../lease.ts'
import { byRank, type Ranked, routable } from './order.ts'
import { isNamed } from './sni.ts'

export interface StreamRouter {
  match(stream: RouteStream): Match | undefined
}

/**
 * Finds the route of a TCP connection as Kong's default router does: those with server names, or with both sources and
 * destinations, come first; then addresses, ports and ranges of sources, and the same of destinations; last the greater
 * id.
 *
 * As in Kong the server names of a route count only where the client sent one, and a route for tcp takes tls too.
 */
export function createStreamRouter(routes: readonly Route[], services: readonly Service[]): StreamRouter {
  const candidates = routable(routes, services, ['tcp', 'tls'])
    .map(({ route, service }) => ({ ...candidateOf(route), route, service }))
    .toSorted(byRank)
  return {
    match(stream) {
      const found = candidates.find(
        ({ criteria }) => criteria.length > 0 && criteria.every((fits) => fits(stream)),
      )
      return found && { route: found.route, service: found.service, captures: { unnamed: [], named: {} } }
    },
  }
}

interface Candidate extends Ranked {
  readonly criteria: readonly ((stream: RouteStream) => boolean)[]
}

function candidateOf({ id, snis = [], sources = [], destinations = [] }: Route): Candidate {
  const isFirst = snis.length > 0 || (sources.length > 0 && destinations.length > 0)
  const isSource = anyAddress(sources)
  const isDestination = anyAddress(destinations)
  return {
    id,
    rank: [Number(isFirst), weightOf(sources), weightOf(destinations)],
    criteria: [
      ...(snis.length > 0 ? [({ sni }: RouteStream) => sni === undefined || isNamed(snis, sni)] : []),
      ...(sources.length > 0 ? [({ source }: RouteStream) => isSource(source)] : []),
      ...(destinations.length > 0 ? [({ destination }: RouteStream) => isDestination(destination)] : []),
    ],
  }
}

/** Each kind counts once, however often it stands. */
function weightOf(addresses: readonly IpAndPort[]): number {
  const hasRange = addresses.some(({ ip }) => ip?.includes('/'))
  const hasAddress = addresses.some(({ ip }) => ip !== undefined && !ip.includes('/'))
  const hasPort = addresses.some(({ port }) => port !== undefined)
  return Number(hasAddress) * 8 + Number(hasPort) * 4 + Number(hasRange)
}

type Peer = RouteStream['source']

function anyAddress(addresses: readonly IpAndPort[]): (peer: Peer) => boolean {
  const wanted = addresses.map(({ ip, port }) => ({ list: ip === undefined ? undefined : listOf(ip), port }))
  return (peer) =>
    wanted.some(
      ({ list, port }) =>
        (port === undefined || port === peer.port) &&
        (list === undefined || (isIP(peer.ip) !== 0 && list.check(peer.ip, familyOf(peer.ip)))),
    )
}

function listOf(ip: string): BlockList {
  const [address = '', bits] = ip.split('/')
  const list = new BlockList()
  const family = familyOf(address)
  if (bits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(bits), family)
  return list
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIP(ip) === 6 ? 'ipv6' : 'ipv4'
}
