import { Command, Option } from 'commander'
import { UsageError } from '../../../build/errors.ts'
import { type Format, formats } from '../config/format-names.ts'
import type { Terminal } from '../terminal.ts'

const examples = `
Examples:
  $ kong-ts config dist/linux-x64/hello --format kong.conf
  $ kong-ts config dist/linux-x64/hello --format compose --kong 3.9 --unmanaged > compose.yaml
  $ kong-ts config dist/linux-x64/hello --format deck --set message=hi > kong.yml
  $ kong-ts config dist/linux-x64/hello --format lua-schema > schema.lua
  $ kong-ts config dist/linux-x64/hello --format systemd -- -metrics 127.0.0.1:9542 -log-format json

It is read from the binary, which is not run. Without --unmanaged Kong starts the server itself, but not in systemd, and
with Kong 3.9 not in helm, kic and deck, as its Admin API would fail there. What stands behind "--" are flags of the
binary, which its server is started with.`

interface Options {
  readonly format: Format
  readonly kong: string
  readonly unmanaged?: true
  readonly plugin?: string
  readonly set?: readonly string[]
}

/** `kong-ts config BINARY`: what to paste where, to have Kong use a binary. */
export function configCommand(terminal: Terminal): Command {
  return new Command('config')
    .description('print the lines that put a binary into Kong, in the format of the place')
    .argument('<binary>', 'a binary that kong-ts built for Linux')
    .argument('[flags...]', 'behind "--": what its server is started with')
    .addOption(new Option('--format <name>', 'what to print').choices(formats).makeOptionMandatory())
    .option('--kong <version>', 'as 3.4 or 3.4.2', '3.9')
    .option('--unmanaged', 'somebody else than Kong starts the server')
    .option('--plugin <name>', 'which plugin of several, for a format that is about one')
    .option(
      '--set <field=value>',
      'a value of the configuration, for deck and kic; may be given several times',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .addHelpText('after', examples)
    .action((binary: string, flags: string[], options: Options) => run(binary, flags, options, terminal))
}

async function run(
  binary: string,
  flags: readonly string[],
  options: Options,
  terminal: Terminal,
): Promise<void> {
  const { inspectBinary } = await import('../../../build/inspect/inspection.ts')
  const { readKongVersion } = await import('../../../build/check/kong-version.ts')
  const { writeConfig } = await import('../config/formats.ts')
  const { format, unmanaged = false, plugin, set: sets = [] } = options
  const kong = readKongVersion(options.kong)
  const { manifest } = await inspectBinary(binary)
  if (manifest === undefined)
    throw new UsageError(
      `Cannot read what ${binary} holds: it has no manifest, so kong-ts did not build it; name a binary that kong-ts build made`,
    )
  const request = { binary, manifest, format, kong, unmanaged, plugin, sets, flags }
  for (const line of writeConfig(request)) terminal.print(line)
}
