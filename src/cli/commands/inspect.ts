import { Command, Option } from 'commander'
import { inspectBinary } from '../../../build/inspect/inspection.ts'
import type { Terminal } from '../terminal.ts'

const examples = `
Examples:
  $ kong-ts inspect dist/linux-x64/hello
  $ kong-ts inspect dist/win-arm64/hello.exe --format json
  $ kong-ts inspect dist/linux-arm64/hello --sbom > hello.cdx.json`

interface Options {
  readonly format: 'text' | 'json'
  readonly sbom?: true
}

/** `kong-ts inspect BINARY`: what a binary is and holds, read and never run. */
export function inspectCommand(terminal: Terminal): Command {
  return new Command('inspect')
    .description('print what a binary is, needs and holds, for any platform, without running it')
    .argument('<binary>', 'a binary that kong-ts built; of another executable, what its headers say')
    .addOption(new Option('--format <name>', 'how to print it').choices(['text', 'json']).default('text'))
    .addOption(
      new Option('--sbom', 'print a bill of materials instead, as CycloneDX 1.6 in JSON').conflicts('format'),
    )
    .addHelpText('after', examples)
    .action(async (binary: string, { format, sbom }: Options) => {
      const inspection = await inspectBinary(binary)
      const { describeMaterials } = await import('../../../build/inspect/sbom.ts')
      const { describeInspection } = await import('../../../build/inspect/text.ts')
      if (sbom) terminal.print(JSON.stringify(describeMaterials(inspection), null, 2))
      else if (format === 'json') terminal.print(JSON.stringify(inspection, null, 2))
      else for (const line of describeInspection(inspection)) terminal.print(line)
    })
}
