import { existsSync } from 'node:fs'
import { Command, Option } from 'commander'
import { UsageError } from '../../../build/errors.ts'
import { pluginHere } from '../../../build/plugin-file.ts'
import { type Dialect, dialects } from '../../pdk/phases.ts'
import { readConfigOption } from '../config-option.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly upstream?: string
  readonly kongYml?: string
  readonly config?: string
  readonly consumer?: string
  readonly protocol?: Dialect
  readonly inspect?: string | true
  readonly port: string
  readonly tlsPort: string
  readonly streamPort: string
  readonly pagePort: string
}

const examples = `
Examples:
  kong-ts dev                                       the plugin in this folder, in front of an echo
  kong-ts dev hello.ts --upstream http://127.0.0.1:3000
  kong-ts dev hello.ts --config '{"message":"good morning"}'
  kong-ts dev hello.ts guard.ts --kong-yml kong.yml routes, consumers and configurations as in Kong
  kong-ts dev hello.ts --inspect                    with Node's debugger on port 9229
  kong-ts dev dist/linux-x64/hello                  the binary that ships

Everything listens on 127.0.0.1. A save is picked up while requests run; Ctrl-C ends it. A kong.yml in this folder is
used unless --kong-yml names another.`

/** `kong-ts dev`: a local gateway that runs plugins while they are written, with a page that shows what happens. */
export function devCommand(terminal: Terminal): Command {
  return new Command('dev')
    .description('run plugins in a local gateway, with a page that shows each request')
    .argument('[entry...]', "plugins' files, folders or binaries (default: the plugin in this folder)")
    .option(
      '--upstream <url>',
      'where requests go (default: the services of kong.yml, or a built-in echo); or echo',
    )
    .option(
      '--kong-yml <file>',
      "routes, services, consumers and configurations in Kong's declarative format",
    )
    .option('--config <json>', 'the configuration, or @file; for several plugins {"name": {...}}')
    .option('--consumer <username>', 'who every request comes from, as if authenticated')
    .addOption(new Option('--protocol <name>', "the protocol (default: the plugin's own)").choices(dialects))
    .option('--inspect [port]', 'let a debugger attach (default port: 9229; the next ones for more plugins)')
    .option('--port <number>', 'of the gateway for HTTP; 0 takes a free one, here and below', '8000')
    .option('--tls-port <number>', 'of the gateway for HTTPS', '8443')
    .option('--stream-port <number>', 'of the gateway for TCP, where a plugin has preread', '9000')
    .option('--page-port <number>', 'of the page', '8001')
    .addHelpText('after', examples)
    .action((entries: string[], options: Options) => dev(entries, options, terminal))
}

async function dev(entries: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const { upstream, protocol, inspect } = options
  const kongYml = options.kongYml ?? (existsSync('kong.yml') ? 'kong.yml' : undefined)
  if (kongYml !== undefined && options.config !== undefined)
    throw new UsageError(`Cannot take both --config and ${kongYml}: write the configuration into the file`)
  const ports = {
    http: readPort('--port', options.port),
    tls: readPort('--tls-port', options.tlsPort),
    stream: readPort('--stream-port', options.streamPort),
    page: readPort('--page-port', options.pagePort),
  }
  const debugPort =
    inspect === undefined ? undefined : inspect === true ? 9229 : readPort('--inspect', inspect)
  const { startDev } = await import('../../dev/start.ts')
  const { readUpstream } = await import('../../dev/upstream.ts')
  const { Reporter } = await import('../../dev/reporter.ts')
  const reporter = new Reporter((line) => terminal.print(line))
  const files = entries.length > 0 ? entries : [pluginHere()]
  const interrupted = untilSignal()
  const running = await startDev({
    files,
    kongYml,
    config: options.config === undefined ? undefined : readConfigOption(options.config),
    upstream: upstream === undefined || upstream === 'echo' ? upstream : readUpstream(upstream),
    ports,
    consumer: options.consumer,
    dialect: protocol,
    inspect: debugPort,
    listener: reporter,
  })
  const debuggers = debugPort ? files.map((_, index) => `127.0.0.1:${debugPort + index}`) : []
  reporter.open(running, debuggers)
  try {
    await interrupted
  } finally {
    await running.close()
  }
}

function readPort(flag: string, text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65535) return port
  throw new UsageError(`Cannot listen on port ${text}: give a number from 0 to 65535 with ${flag}`)
}

/** Resolves at the first signal that asks for the end; a second one waits for nothing, but takes all with it. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
      process.on(signal, () => {
        if (isAsked) process.exit(1)
        isAsked = true
        resolve()
      })
  })
}
