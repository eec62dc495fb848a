import { createWorld } from '../../fake-kong/world.ts'
import type { Protocol, Route, Service } from '../../pdk/entities.ts'
import type { Phase } from '../../pdk/phases.ts'
import type { Entities, PluginEntity } from './entities.ts'

export interface PlainUpstream {
  readonly protocol: Protocol
  readonly host: string
  readonly port: number
  readonly path?: string | undefined
}

/**
 * What there is without a file: every request goes to one service through all the plugins, with their default
 * configuration; connections too, where a plugin has `preread`. The consumer alice is the test kit's.
 */
export function plainEntities(
  plugins: readonly { readonly name: string; readonly phases: readonly Phase[] }[],
  /** Where requests and where connections go. */
  to: { readonly http: PlainUpstream; readonly stream: PlainUpstream },
): Entities {
  const isForStreams = plugins.some(({ phases }) => phases.includes('preread'))
  return {
    services: [
      serviceAt(serviceId, 'upstream', to.http),
      ...(isForStreams ? [serviceAt(streamServiceId, 'stream-upstream', to.stream)] : []),
    ],
    routes: isForStreams ? [everyRequest, everyStream] : [everyRequest],
    consumers: createWorld().consumers,
    groups: [],
    plugins: plugins.map(({ name }, index) => everywhere(name, index)),
  }
}

const serviceId = 'a5e1f7a0-0000-4000-8000-000000000001'
const streamServiceId = 'a5e1f7a0-0000-4000-8000-000000000004'

function serviceAt(id: string, name: string, { path, ...address }: PlainUpstream): Service {
  return {
    id,
    name,
    retries: 5,
    connect_timeout: 60000,
    write_timeout: 60000,
    read_timeout: 60000,
    enabled: true,
    ...address,
    ...(path !== undefined && { path }),
  }
}

const defaults = {
  https_redirect_status_code: 426,
  strip_path: false,
  preserve_host: false,
  regex_priority: 0,
  path_handling: 'v0',
  request_buffering: true,
  response_buffering: true,
  service: { id: serviceId },
} as const

const everyRequest: Route = {
  ...defaults,
  id: 'a5e1f7a0-0000-4000-8000-000000000002',
  name: 'all',
  protocols: ['http', 'https'],
  paths: ['/'],
}

const everyStream: Route = {
  ...defaults,
  id: 'a5e1f7a0-0000-4000-8000-000000000003',
  name: 'all-streams',
  service: { id: streamServiceId },
  protocols: ['tcp', 'tls'],
  sources: [{ ip: '0.0.0.0/0' }, { ip: '::/0' }],
}

function everywhere(name: string, index: number): PluginEntity {
  return {
    id: `a5e1f7a0-0000-4000-8000-1${String(index).padStart(11, '0')}`,
    name,
    instanceName: undefined,
    enabled: true,
    config: {},
    others: {},
    route: undefined,
    service: undefined,
    consumer: undefined,
    place: undefined,
  }
}
