import type { EntityId, Route, Service } from '../../pdk/entities.ts'

/** What Kong asks a request for, and when: the greater rank first, of equal ones the greater id. */
export interface Ranked {
  readonly rank: readonly number[]
  readonly id: string
}

export function byRank(a: Ranked, b: Ranked): number {
  for (const [index, own] of a.rank.entries()) {
    const other = b.rank[index] ?? 0
    if (own !== other) return other - own
  }
  return a.id < b.id ? 1 : -1
}

/** Routes that take one of the protocols, each with its service; those of a disabled service are not routed to. */
export function routable(
  routes: readonly Route[],
  services: readonly Service[],
  protocols: readonly string[],
): { route: Route; service: Service | undefined }[] {
  const byId = new Map(services.map((service) => [service.id, service]))
  return routes
    .filter((route) => (route.protocols ?? ['http', 'https']).some((own) => protocols.includes(own)))
    .map((route) => ({ route, service: find(byId, route.service) }))
    .filter(({ service }) => service?.enabled !== false)
}

function find(services: ReadonlyMap<string, Service>, wanted: EntityId | undefined): Service | undefined {
  return wanted && services.get(wanted.id)
}
