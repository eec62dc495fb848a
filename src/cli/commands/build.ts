import { Command, Option } from 'commander'
import { UsageError } from '../../../build/errors.ts'
import type { Injector } from '../../../build/inject.ts'
import { checkName, nameOf } from '../../../build/name.ts'
import { type BinaryRequest, type Built, buildPlugins } from '../../../build/pipeline.ts'
import { findPlugin, pluginHere } from '../../../build/plugin-file.ts'
import { hostPlatform, platforms, readPlatforms } from '../../../build/targets.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  platform: string
  out: string
  name?: string
  bundle?: string
  nodeVersion?: string
  node?: string
  injector: Injector
  json?: true
}

const examples = `
Examples:
  kong-ts build                                     the plugin in this folder, for this machine
  kong-ts build hello.ts --platform linux-arm64     one file, for another platform
  kong-ts build --platform all --out build          for every platform, into build/<platform>/
  kong-ts build a.ts b.ts                           two binaries
  kong-ts build a.ts b.ts --bundle plugins          one binary that holds both
  kong-ts build --json                              what was built, as one JSON document on stdout

Downloads are kept in ~/.cache/kong-ts-pdk, or in KONG_TS_CACHE; npm's own registry and proxy settings hold.`

export function buildCommand(terminal: Terminal): Command {
  return new Command('build')
    .description('build plugins into binaries: <out>/<platform>/<name>')
    .argument('[entry...]', "a plugin's file or its folder (default: the plugin in this folder)")
    .option('--platform <names>', `of ${platforms.join(', ')}, with commas between, or all`, hostPlatform())
    .option('--out <folder>', 'the folder that gets <platform>/<name>', 'dist')
    .option('--name <name>', 'the name of the binary, where one plugin is built')
    .option('--bundle <name>', 'put all plugins into one binary of that name')
    .option('--node-version <x.y.z>', "the Node that goes in (default: the platform's own)")
    .option('--node <path>', 'a Node binary of your own, for one platform')
    .addOption(
      new Option(
        '--injector <which>',
        "what puts the program in: own, for Linux, is the kit's own and faster",
      )
        .choices(['postject', 'own'])
        .default('postject'),
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((entries: string[], options: Options) => build(entries, options, terminal))
}

async function build(entries: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  // What is half done is taken away when the process ends.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.once(signal, () => process.exit(code))
  const { out, nodeVersion, node, injector } = options
  if (nodeVersion !== undefined && !/^\d+\.\d+\.\d+$/.test(nodeVersion))
    throw new UsageError(`Cannot use Node "${nodeVersion}": name a version as 24.21.0`)
  const targets = readPlatforms(options.platform)
  if (node !== undefined && nodeVersion !== undefined)
    throw new UsageError(`Cannot take both --node ${node} and --node-version ${nodeVersion}: choose one`)
  if (node !== undefined && targets.length !== 1)
    throw new UsageError(`Cannot use ${node} for ${targets.length} platforms: name its own with --platform`)
  const platform = entries.find((entry) => platforms.includes(entry))
  if (platform !== undefined)
    throw new UsageError(
      `Cannot build the file ${platform}: platforms stand behind --platform with commas between`,
    )
  const strange = targets.find(({ format }) => injector === 'own' && format !== 'elf')
  if (strange !== undefined)
    throw new UsageError(`Cannot use --injector own for ${strange.platform}: it is for Linux only`)
  const files = entries.length > 0 ? entries.map(findPlugin) : [pluginHere()]
  const binaries = nameBinaries(files, options)
  const request = { binaries, out, nodeVersion, node, injector, progress: terminal }
  const built: Built[] = []
  try {
    for (const target of targets)
      for (const one of await buildPlugins({ ...request, target })) {
        built.push(one)
        if (!options.json) terminal.print(lineOf(one))
      }
  } finally {
    // What was built before a failure is there, and a script may want to know.
    if (options.json) terminal.print(JSON.stringify({ binaries: built.map(factsOf) }, null, 2))
  }
}

function nameBinaries(files: readonly string[], { name, bundle }: Options): BinaryRequest[] {
  if (name !== undefined && bundle !== undefined)
    throw new UsageError(`Cannot take both --name ${name} and --bundle ${bundle}: choose one`)
  if (name !== undefined && files.length !== 1)
    throw new UsageError(
      `Cannot give the name "${name}" to ${files.length} plugins: build them one by one, or into one binary with --bundle`,
    )
  const plugins = files.map((file) => ({
    file,
    name: name === undefined ? nameOf(file) : checkName(name, file),
  }))
  const taken = new Map<string, string>()
  for (const plugin of plugins) {
    const other = taken.get(plugin.name)
    if (other !== undefined)
      throw new UsageError(`Cannot build both ${other} and ${plugin.file}: both are called "${plugin.name}"`)
    taken.set(plugin.name, plugin.file)
  }
  if (bundle === undefined) return plugins.map((plugin) => ({ name: plugin.name, plugins: [plugin] }))
  return [{ name: checkName(bundle, files.join(' and ')), plugins }]
}

function lineOf({ file, size, manifest }: Built): string {
  const packages = manifest.packages.map(
    ({ name, version, license }) => `${name} ${version} (${license ?? 'no license named'})`,
  )
  const addons = manifest.addons.map((addon) => addon.file)
  const inside = [...packages, ...addons].join(', ') || 'no npm package'
  return `${file}: ${(size / 1e6).toFixed(1)} MB, Node ${manifest.node}, with ${inside}`
}

/** What a script wants to know of a binary; `kong-ts inspect --format json` has the rest. */
function factsOf({ file, size, sha256, manifest }: Built) {
  const { name, platform, node, packages, addons } = manifest
  const plugins = manifest.plugins.map((plugin) => ({ name: plugin.name, version: plugin.version }))
  return { file, platform, name, size, sha256, node, plugins, packages, addons }
}
