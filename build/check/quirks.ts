import type { ManifestPlugin } from '../manifest.ts'
import { type KongVersion, reaches } from './kong-version.ts'

/** What some versions of Kong do wrong, or do otherwise than later ones; read from the source of each version. */
interface Quirk {
  /** The first version that does so; without it, every one since 2.4. */
  readonly from?: string
  /** The first version that does so no more. */
  readonly before?: string
  readonly protocol?: ManifestPlugin['protocol']
  readonly phase?: string
}

interface FunctionQuirk extends Quirk {
  readonly names: readonly string[]
  readonly before: string
  readonly does: string
}

interface KongQuirk extends Quirk {
  readonly says: (plugin: string) => string
}

/** Functions that are there and do wrong. */
const ofFunctions: readonly FunctionQuirk[] = [
  {
    names: [
      'kong.request.get_headers',
      'kong.request.get_query',
      // The kit asks for the whole query over ProtoBuf:1.
      'kong.request.get_query_arg',
      'kong.response.get_headers',
      'kong.service.response.get_headers',
    ],
    before: '3.0',
    protocol: 'ProtoBuf:1',
    does: 'ends in 500 over ProtoBuf:1 where a name occurs twice',
  },
  { names: ['kong.request.get_header'], before: '3.0', does: 'looks at the first 100 headers only' },
  {
    names: ['kong.ctx.shared.get', 'kong.nginx.get_ctx'],
    before: '3.0',
    protocol: 'ProtoBuf:1',
    does: 'ends in 500 over ProtoBuf:1 where the value is or holds a list',
  },
  {
    names: [
      'kong.ctx.shared.get',
      'kong.nginx.get_ctx',
      'kong.request.get_body',
      'kong.service.response.get_body',
    ],
    before: '3.0',
    protocol: 'MsgPack:1',
    does: 'ends in 500 over MsgPack:1 where a null of JSON is in the value',
  },
  {
    // Their phases are checked, and the timer of the log phase had no phase (plugin_servers/init.lua of 2.8).
    names: [
      'kong.client.get_consumer',
      'kong.client.get_credential',
      'kong.client.get_protocol',
      'kong.client.load_consumer',
      'kong.log.set_serialize_value',
      'kong.router.get_route',
      'kong.router.get_service',
      'kong.service.response.get_body',
      'kong.service.response.get_header',
      'kong.service.response.get_headers',
      'kong.service.response.get_raw_body',
      'kong.service.response.get_status',
    ],
    before: '3.0',
    phase: 'log',
    does: 'raises in log',
  },
  {
    names: ['kong.service.set_tls_verify', 'kong.service.set_tls_verify_depth'],
    before: '3.2',
    phase: 'preread',
    does: 'does nothing in preread',
  },
  {
    names: ['kong.service.set_upstream'],
    before: '3.7',
    protocol: 'ProtoBuf:1',
    does: 'ends in 500 over ProtoBuf:1 where it succeeds',
  },
  { names: ['kong.service.set_target'], before: '3.8', phase: 'preread', does: 'raises in preread' },
  {
    names: ['kong.service.request.set_scheme', 'kong.service.request.set_path'],
    before: '3.8',
    phase: 'rewrite',
    does: 'raises in rewrite',
  },
]

const ofKong: readonly KongQuirk[] = [
  {
    protocol: 'MsgPack:1',
    says: (plugin) =>
      `Over MsgPack:1 requests pass without ${plugin} while its process is away: use ProtoBuf:1 for what protects.`,
  },
  {
    before: '3.8',
    protocol: 'ProtoBuf:1',
    says: (plugin) =>
      `Before Kong 3.8 requests pass without ${plugin} when its process dies or is silent for 60 seconds: use a later Kong for what protects.`,
  },
  {
    before: '3.9',
    phase: 'response',
    says: (plugin) =>
      `Before Kong 3.9 the response handler of ${plugin} does not run for a request over HTTP/2: leave http2 out of proxy_listen where it protects something, or use a later Kong.`,
  },
  {
    before: '3.3',
    says: (plugin) =>
      `Before Kong 3.3 one request for ${plugin} that comes before the server listens leaves all later ones waiting, until Kong is reloaded: let no traffic in before that, or use a later Kong.`,
  },
  {
    from: '3.1',
    before: '3.5',
    says: (plugin) =>
      `Kong 3.1 to 3.4 lets requests pass without ${plugin} in each worker until that has seen the server listen, and for good where it has not within 20 seconds: use another Kong for what protects.`,
  },
  { from: '3.5', before: '3.6', protocol: 'ProtoBuf:1', says: askedForEver },
  { from: '3.5', before: '3.7', protocol: 'MsgPack:1', says: askedForEver },
  {
    from: '3.6',
    before: '3.7',
    says: (plugin) =>
      `Kong 3.6 goes on with the old configuration of ${plugin} after a change of it: reload Kong after each change, or use another one.`,
  },
]

function askedForEver(plugin: string): string {
  return `This Kong asks ${plugin} without end for an instance that the server before a restart had; after five seconds such requests are refused with 500. Reload Kong after each restart of the server, or use another Kong.`
}

/** How this Kong treats a function that the plugin names: sentences. */
export function notesOnFunction(name: string, plugin: ManifestPlugin, kong: KongVersion): string[] {
  return ofFunctions
    .filter((quirk) => quirk.names.includes(name) && concerns(quirk, plugin, kong))
    .map(({ before, does }) => `${plugin.name} names ${name}, which before Kong ${before} ${does}.`)
}

/** How this Kong treats the plugin as a whole: sentences. */
export function notesOnKong(plugin: ManifestPlugin, kong: KongVersion): string[] {
  return ofKong.filter((quirk) => concerns(quirk, plugin, kong)).map(({ says }) => says(plugin.name))
}

function concerns({ from, before, protocol, phase }: Quirk, plugin: ManifestPlugin, kong: KongVersion) {
  return (
    (from === undefined || reaches(kong, from)) &&
    (before === undefined || !reaches(kong, before)) &&
    (protocol === undefined || protocol === plugin.protocol) &&
    (phase === undefined || plugin.phases.includes(phase))
  )
}
