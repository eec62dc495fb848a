import type { NamedPlugin } from '../plugin/plugin.ts'
import { defaultPrefix } from './arguments.ts'
import type { Bundle } from './bundle.ts'

/** `plugins` are those of the bundle, in the same order. */
export function helpText({ name, plugins: files }: Bundle, plugins: readonly NamedPlugin[]): string {
  const [plugin, another] = plugins as [NamedPlugin, NamedPlugin | undefined]
  return another === undefined
    ? helpOfOne(name, plugin)
    : helpOfSeveral(
        name,
        files.map(({ file }) => file),
        plugins,
      )
}

function helpOfOne(binary: string, { name, version }: NamedPlugin): string {
  return `${name} ${version} is a plugin server for Kong Gateway. Kong starts it by itself:

  copy it to /usr/local/bin/${binary} of the gateway and set in kong.conf (Kong 3.9 and later)
    plugins = bundled,${name}
    pluginserver_names = ${binary}

Usage: ${binary} [flags]
  -dump                print what Kong has to know of the plugin, as JSON, and leave
${flags(binary)}`
}

function helpOfSeveral(binary: string, files: readonly string[], plugins: readonly NamedPlugin[]): string {
  const titles = plugins.map(({ name, version }, index) => {
    const file = files[index] as string
    return `  ${file} ${version}${name === file ? '' : `, which Kong knows as ${name}`}`
  })
  return `${binary} holds several plugins for Kong Gateway and serves them from one process on one socket:

${titles.join('\n')}

  copy it to /usr/local/bin/${binary} of the gateway and set in kong.conf
    plugins = bundled,${plugins.map(({ name }) => name).join(',')}
    pluginserver_names = ${files.join(',')}
${files.map((file, index) => serverSettings(binary, file, index === 0)).join('\n')}

  Only one has a start_cmd. Keep files of the others' names out of /usr/local/bin: Kong would start these as well.
  Kong 3.1 to 3.4 wants a start_cmd for each name. There, or to have a process for each name, make symlinks like
  /usr/local/bin/${files[0]} to the binary instead, each with a start_cmd, a query_cmd and a socket of its own name; from
  Kong 3.9 on these are its defaults.

Usage: ${binary} [plugin] [flags]
  -dump                print what Kong has to know of one plugin, as JSON, and leave
  -plugin NAME         which one; NAME without -plugin says the same, and so does a symlink of that name, by which
                       it is called. A server serves all of them whatever it says
${flags(binary)}`
}

function serverSettings(binary: string, file: string, starts: boolean): string {
  const server = `    pluginserver_${file.replaceAll('-', '_')}`
  const start = starts ? `${server}_start_cmd = /usr/local/bin/${binary}\n` : ''
  return `${server}_socket = ${defaultPrefix}/${binary}.socket
${start}${server}_query_cmd = /usr/local/bin/${binary} ${file} -dump`
}

function flags(binary: string): string {
  return `  -kong-prefix PATH    Kong's prefix (default ${defaultPrefix}); the socket is PATH/${binary}.socket
  -socket PATH         the socket's whole path, instead of the one in the prefix
  -socket-mode MODE    permissions of the socket, in octal (default 0600)
  -protocol NAME       ProtoBuf:1 or MsgPack:1 (default: what the plugin says)
  -metrics ADDRESS     serve metrics for Prometheus on a HOST:PORT or on the PATH of a socket (default: nowhere)
  -log-level LEVEL     the least that is logged: error, warn, info or debug (default debug)
  -log-format FORMAT   text, or json: one object a line (default text)
  -workers N           how many processes serve (default 1); auto is one for each core that this machine offers
  -worker-timeout SEC  end a worker that has not answered for so long (default 30), or for the longest time limit of a
                       handler where that is more, and start another in its place
  -health              ask the server that runs whether it serves, and leave with 0 if it does, else with 1
  -version             print the versions and leave
  -help                print this and leave
`
}
