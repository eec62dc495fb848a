import { Command, Option } from 'commander'
import { platforms } from '../../../build/targets.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  platform?: string
  kong?: string
  image?: string
  lock?: string
  managed?: true
  unmanaged?: true
  format: 'text' | 'json'
}

const examples = `
Examples:
  kong-ts check dist/linux-x64/hello --platform linux-x64 --kong 3.9
  kong-ts check dist/linux-x64/hello --kong 3.4 --managed
  kong-ts check dist/linux-x64/hello --image rootfs/         an unpacked root file system
  kong-ts check dist/linux-x64/hello --image kong.tar        what docker save or docker export wrote
  kong-ts check dist/linux-x64/hello --lock package-lock.json --format json

have: is what the target has, want: what the binary wants; with --lock, what is in the binary and what the lock says.
Exit code: 0 with no incompatibility, 1 with some, 2 for a request that cannot be understood. Notes do not count.
Without --image the libraries of Kong's published images are assumed.`

export function checkCommand(terminal: Terminal): Command {
  return new Command('check')
    .description('compare what a target has with what a binary wants, without running it')
    .argument('<binary>', 'a binary that kong-ts built')
    .option(
      '--platform <name>',
      `one of ${platforms.join(', ')} (default: that of the image, or Linux on the processor of the binary)`,
    )
    .option('--kong <version>', 'as 3.4 or 3.4.2 (default: the Kong in the image, or 3.9)')
    .option(
      '--image <path>',
      'the root file system of the target as a folder or tar, or an image as docker save or OCI tools write it',
    )
    .option('--lock <file>', 'a package-lock.json to compare the packages inside with')
    .addOption(new Option('--managed', 'Kong starts the binary (start_cmd)').conflicts('unmanaged'))
    .addOption(new Option('--unmanaged', 'somebody else starts it').conflicts('managed'))
    .addOption(
      new Option('--format <format>', 'how to print the result').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', examples)
    .action((binary: string, options: Options) => check(binary, options, terminal))
}

async function check(binary: string, options: Options, terminal: Terminal): Promise<void> {
  const { platform, kong, image, lock, managed, unmanaged, format } = options
  const server = managed ? 'managed' : unmanaged ? 'unmanaged' : undefined
  terminal.step(`Checking ${binary}`)
  const { checkBinary } = await import('../../../build/check/check.ts')
  const { reportJson, reportText } = await import('../../../build/check/report.ts')
  const result = await checkBinary({ binary, platform, kong, image, lock, server })
  terminal.print(format === 'json' ? reportJson(result) : reportText(result))
  if (result.incompatibilities.length > 0) terminal.fail()
}
