import { reaches } from '../../../build/check/kong-version.ts'
import { type PluginServer, protocolWords, type Setup } from './setup.ts'

/** A line of kong.conf, in whatever format it will be written. */
export interface Setting {
  readonly name: string
  readonly value: string
  /** Why it is so: sentences. */
  readonly why?: string
  /** Good to know of, and not to be set by default. */
  readonly optional?: true
}

/** Where the plugin's process has its files, beside Kong or in a container of its own. */
export type Place = 'host' | 'container'

/** All that Kong must be told of a binary, in an order for reading. */
export function settingsOf(setup: Setup, place: Place = 'host'): Setting[] {
  const { servers } = setup
  return [
    {
      name: 'plugins',
      value: ['bundled', ...servers.map(({ plugin }) => plugin.name)].join(','),
      why: '"bundled" stands for all plugins that come with Kong: without it none of them is there. Names that you have here and in the next setting already stay beside these: Kong takes one value of each.',
    },
    { name: 'pluginserver_names', value: servers.map(({ name }) => name).join(','), why: whyNames(setup) },
    ...servers.flatMap((server, index) => serverSettings(server, index, setup)),
    ...extraSettings(setup, place),
  ]
}

function whyNames({ servers, links, file, manifest, managed }: Setup): string {
  const [first] = servers
  if (servers.length > 1)
    return links.length > 0
      ? `One name for each plugin, and each a symlink in /usr/local/bin to ${file}: ${links.join(' and ')}.`
      : 'One name for each plugin, as Kong takes one plugin from a dump. All name one socket: with each start of an instance Kong says which plugin it means.'
  const differs =
    first!.plugin.name === manifest.name
      ? ''
      : `The server goes by the name of its binary, ${manifest.name}; the plugin calls itself ${first!.plugin.name}. `
  return first!.usual
    ? `${differs}From 3.9 on Kong finds the rest by this name: it starts ${file}, asks "${file} -dump" what the plugin is, and connects to ${first!.socket}. With another prefix than /usr/local/kong name start_cmd and query_cmd, and add -kong-prefix to both.`
    : `${differs}A "-" in this name is a "_" in the names of the settings below.${managed ? '' : ' Kong reads it in lower case.'}`
}

function serverSettings(server: PluginServer, index: number, setup: Setup): Setting[] {
  const { name, socket, start, query, usual } = server
  if (usual) return []
  const prefix = `pluginserver_${name.replaceAll('-', '_')}`
  const commands: Setting[] = [
    ...(start === undefined ? [] : [{ name: `${prefix}_start_cmd`, value: start }]),
    { name: `${prefix}_query_cmd`, value: query, ...(index === 0 ? optionalWhy(whyQuery(setup)) : {}) },
  ]
  return [
    { name: `${prefix}_socket`, value: socket, ...optionalWhy(whySocket(server, index, setup)) },
    ...commands,
  ]
}

function optionalWhy(why: string | undefined): { why?: string } {
  return why === undefined ? {} : { why }
}

function whySocket({ name, start }: PluginServer, index: number, setup: Setup): string | undefined {
  const { managed, links, flags } = setup
  if (!managed)
    return index > 0
      ? undefined
      : `There is no start_cmd: somebody else runs "${serveCommand(setup).join(' ')}", as ${flags.socketMode === '0600' ? "the user of nginx's workers, since the socket has the mode 0600. For another user add -socket-mode 0660 and a group that both have." : `a user whose socket of the mode ${flags.socketMode} lets nginx's workers in.`} The binary lies outside of /usr/local/bin, where Kong would start it by its name, and the socket outside of Kong's prefix, from which Kong's images remove every socket when they start.`
  if (start === undefined)
    return `${name} has no start_cmd: the process of ${starter(setup)} serves it too. Keep a file called ${name} out of /usr/local/bin: Kong would start it.`
  if (index > 0 || links.length > 0) return undefined
  return setup.prefix === '/usr/local/kong'
    ? undefined
    : `The prefix is ${setup.prefix} here, and the plugin has to hear of it.`
}

/** The name of the server that Kong starts for all. */
function starter({ servers }: Setup): string | undefined {
  return servers.find(({ start }) => start !== undefined)?.name
}

function whyQuery({ kong, managed }: Setup): string | undefined {
  if (!managed)
    return 'Kong runs this at each start to learn the schema: the binary is needed here too, though it does not serve.'
  return reaches(kong, '3.9')
    ? undefined
    : 'Up to 3.8 Kong asks no query_cmd by default but /usr/local/bin/query_NAME, so it is named.'
}

function extraSettings(setup: Setup, place: Place): Setting[] {
  const { manifest, managed } = setup
  const has = (phase: string) => manifest.plugins.some(({ phases }) => phases.includes(phase))
  const readsBodies = manifest.plugins.some(
    ({ protocol, pdk }) =>
      protocol === 'ProtoBuf:1' &&
      ['kong.request.get_raw_body', 'kong.request.get_body'].some((name) => pdk.includes(name)),
  )
  const settings: (Setting | false)[] = [
    has('preread') && {
      name: 'stream_listen',
      value: '0.0.0.0:9000',
      why: 'preread runs for connections to these ports, which nothing opens by default.',
    },
    readsBodies &&
      !managed &&
      place === 'container' && {
        name: 'nginx_http_client_body_buffer_size',
        value: '1m',
        why: 'The plugin reads bodies. Longer ones than this become a file in the container of Kong, which it cannot read from its own.',
      },
    managed && {
      name: 'log_level',
      value: 'info',
      why: 'What the plugin prints on stderr is logged at info, which the default level, notice, hides. What it says with kong.log.notice() and above is shown in any case.',
      optional: true,
    },
    managed && {
      name: 'nginx_main_env',
      value: manifest.addons.length > 0 ? 'TMPDIR' : 'TZ',
      why: `Kong starts the plugin with an empty environment. This hands the variable TZ of Kong's own on; for TZ and LANG write "TZ; env LANG".${manifest.addons.length > 0 ? ' TMPDIR names the folder where the native addons inside are unpacked.' : ''}`,
      optional: true,
    },
  ]
  return settings.filter((setting) => setting !== false)
}

/** The command that somebody else than Kong runs. */
export function serveCommand({ file, servers, flags }: Setup): readonly string[] {
  return [file, '-socket', servers[0]!.socket, ...flags.words]
}

/** The command that asks such a server whether it serves, and ends with 0 or 1. */
export function askCommand({ file, servers, flags }: Setup): readonly string[] {
  return [file, '-socket', servers[0]!.socket, ...protocolWords(flags), '-health']
}
