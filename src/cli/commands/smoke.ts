import { Command, Option } from 'commander'
import { UsageError } from '../../../build/errors.ts'
import { type Dialect, dialects } from '../../pdk/phases.ts'
import { readConfigOption } from '../config-option.ts'
import type { Terminal } from '../terminal.ts'

const examples = `
Examples:
  $ kong-ts smoke dist/linux-x64/hello
  $ kong-ts smoke dist/linux-x64/hello --protocol MsgPack:1 --config '{"message":"good morning"}'
  $ kong-ts smoke dist/linux-x64/key-guard --config @test/config.json --format json
  $ kong-ts smoke dist/linux-arm64/hello --runner "qemu-aarch64-static -L /usr/aarch64-linux-gnu" --timeout 60

Each line is one thing that Kong does to a plugin server: [OK] or [KO], with the time that it took. With any [KO] the
command ends with 1. The binary may come from another kit: only its -dump and its socket are used.`

interface Options {
  readonly protocol?: Dialect
  readonly config?: string
  readonly plugin?: string
  readonly timeout: string
  readonly runner?: string
  readonly format: 'text' | 'json'
}

/** `kong-ts smoke BINARY`: starts a plugin server and does to it what Kong does. */
export function smokeCommand(terminal: Terminal): Command {
  return new Command('smoke')
    .description('start a plugin server as Kong does, and try all that Kong asks of it')
    .argument('<binary>', 'the plugin server; it runs with your rights')
    .addOption(new Option('--protocol <name>', "the protocol (default: the plugin's own)").choices(dialects))
    .option('--config <json>', 'the configuration, or @file; for several plugins {"name": {...}}')
    .option('--plugin <name>', 'try only this plugin of a bundle')
    .option('--timeout <seconds>', 'how long each answer may take', '10')
    .option('--runner <words>', 'what runs a binary for another platform, split at blanks')
    .addOption(new Option('--format <name>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText('after', examples)
    .action((binary: string, options: Options) => run(binary, options, terminal))
}

async function run(binary: string, options: Options, terminal: Terminal): Promise<void> {
  const { protocol, plugin, format } = options
  const request = {
    binary,
    protocol,
    plugin,
    config: options.config === undefined ? undefined : readConfigOption(options.config),
    limit: readTimeout(options.timeout),
    runner: options.runner?.split(/\s+/).filter((word) => word !== '') ?? [],
  }
  const { smoke } = await import('../smoke/run.ts')
  const { describeReport, describeStep } = await import('../smoke/text.ts')
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  try {
    const onStep = format === 'text' ? describeStep : () => undefined
    const report = await smoke(
      request,
      (step) => {
        const line = onStep(step)
        if (line !== undefined) terminal.print(line)
      },
      interruption.signal,
    )
    terminal.print(format === 'text' ? describeReport(report) : JSON.stringify(report, null, 2))
    if (!report.ok) terminal.fail()
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}

function readTimeout(text: string): number {
  const seconds = Number(text)
  if (!(seconds > 0 && seconds <= 3600))
    throw new UsageError(`Cannot wait ${text} seconds: give a number above 0 and up to 3600 with --timeout`)
  return seconds * 1000
}
