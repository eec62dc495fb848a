// What make calls: the only file here that prints or ends the process.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { BuildError, UsageError } from './errors.ts'
import { checkName, nameOf } from './name.ts'
import { buildPlugins } from './pipeline.ts'
import { findPlugin, pluginIn } from './plugin-file.ts'
import { defaultNodeVersion, findTarget, hostPlatform } from './targets.ts'

interface Options {
  platform: string
  plugin: string[]
  out: string
  nodeVersion: string
  name?: string
}

try {
  await main(readOptions(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(error instanceof BuildError ? error.message : error)
  process.exitCode = exitCodeOf(error)
}

async function main(options: Options): Promise<void> {
  if (!/^\d+\.\d+\.\d+$/.test(options.nodeVersion)) {
    throw new UsageError(`Cannot use Node "${options.nodeVersion}": name a version as ${defaultNodeVersion}`)
  }
  const platforms = options.platform.split(',')
  for (const platform of platforms) findTarget(platform)
  const plugins = namePlugins(
    options.plugin.length > 0 ? options.plugin.map(findPlugin) : await findExamples(),
    options.name,
  )
  const { out, nodeVersion } = options
  for (const platform of platforms) {
    await buildPlugins({ platform, plugins, out, nodeVersion, report: (line) => console.log(line) })
  }
}

function readOptions(args: readonly string[]): Options {
  return new Command('make')
    .description('Builds plugins into one binary each.')
    .option('--platform <names>', 'platforms, with commas between', hostPlatform())
    .option(
      '--plugin <file>',
      'a plugin, or its folder; may stand several times (default: every example)',
      collect,
      [],
    )
    .option('--out <folder>', 'the folder that gets <platform>/<name>', 'dist')
    .option('--node-version <x.y.z>', 'the Node that goes into the binary', defaultNodeVersion)
    .option('--name <name>', 'the name of the binary, where one plugin is built')
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Options>()
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value]
}

function namePlugins(files: readonly string[], name: string | undefined): { file: string; name: string }[] {
  if (name !== undefined && files.length !== 1) {
    throw new UsageError(
      `Cannot give the name "${name}" to ${files.length} plugins: name that plugin with PLUGIN=`,
    )
  }
  const taken = new Map<string, string>()
  return files.map((file) => {
    const own = name === undefined ? nameOf(file) : checkName(name, file)
    const other = taken.get(own)
    if (other !== undefined)
      throw new UsageError(`Cannot build both ${other} and ${file}: both are called "${own}"`)
    taken.set(own, file)
    return { file, name: own }
  })
}

/** Help that was asked for is no failure; commander has printed its own sentence already. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  return error instanceof UsageError ? 2 : 1
}

async function findExamples(): Promise<string[]> {
  const folders = await readdir('examples').catch(() => [])
  const files = folders.sort().flatMap((folder) => pluginIn(join('examples', folder)) ?? [])
  if (files.length > 0) return files
  throw new UsageError('Cannot find a plugin to build: name one with PLUGIN=path/to/plugin.ts')
}
