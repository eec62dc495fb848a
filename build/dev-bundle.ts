import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type BuildFailure,
  type BuildResult,
  build,
  type Message,
  type OutputFile,
  type Plugin,
} from 'esbuild'
import { compilerRefusal, sentences } from './bundle-messages.ts'
import { bundleOptions, copyInto, entryOf, type NamedPlugin } from './bundle-options.ts'
import { BuildError } from './errors.ts'
import { ownKit, root } from './kit.ts'
import type { FoundAddon, FoundFile } from './native-addons.ts'
import { projectOf } from './project.ts'
import { sourceNamer } from './source-names.ts'
import { hostPlatform } from './targets.ts'

export interface DevBundleRequest {
  readonly plugin: NamedPlugin
  /** Whether a debugger is to show the sources, and may hold a handler up. */
  readonly isDebugged: boolean
}

/** A bundle that this machine's Node runs, in memory. */
export interface DevBundle {
  readonly code: string
  /** The source map with the names that stacks have in a binary too. */
  readonly map: string
  /** The files behind these names. */
  readonly sources: ReadonlyMap<string, string>
  /** What lies beside the code. */
  readonly assets: readonly FoundFile[]
  readonly warnings: readonly string[]
}

/** A bundle, or why there is none, and what to look at to learn that it has become another. */
export interface DevBundling {
  readonly outcome: DevBundle | BuildError
  /** Those of the author, whole paths. */
  readonly files: ReadonlySet<string>
  /** Where these lie, and where a file that is missing would. */
  readonly folders: ReadonlySet<string>
}

/** Bundles a plugin as `bundlePlugins` does, but in memory, quickly, and for debuggers. */
export async function bundleForDev(request: DevBundleRequest): Promise<DevBundling> {
  const { plugin, isDebugged } = request
  const project = projectOf(plugin.file)
  const [found, modules] = [new Map<string, FoundAddon>(), new Map<string, FoundFile>()]
  const files = new Set([resolve(plugin.file)])
  if (!existsSync(plugin.file)) {
    const outcome = new BuildError(`There is no file ${plugin.file} any more`)
    return { outcome, files, folders: foldersOf(files) }
  }
  const options = bundleOptions({
    entry: isDebugged ? debugEntry(plugin) : entryOf([plugin], ownKit),
    platform: hostPlatform(),
    abi: process.versions.modules,
    project,
    kit: ownKit,
    found,
    modules,
  })
  try {
    const result = await build({
      ...options,
      plugins: [notesFiles(files), ...(options.plugins ?? [])],
      write: false,
      allowOverwrite: true, // the plugin itself may be a .cjs
      outfile: join(project, `${plugin.name}.cjs`),
      target: `node${process.versions.node}`,
      legalComments: 'none',
      sourcemap: 'external',
      sourcesContent: isDebugged,
    })
    const assets = [...found.values(), ...modules.values()]
    for (const { path } of assets) if (isAuthors(path)) files.add(path)
    const warnings = await sentences(result.warnings, 'warning', project)
    const outcome = { ...written(result, project, isDebugged), assets, warnings }
    return { outcome, files, folders: foldersOf(files) }
  } catch (error) {
    const refusal = await compilerRefusal(error as BuildFailure, project)
    if (!(refusal instanceof BuildError)) throw refusal
    const missing = (error as BuildFailure).errors.flatMap((message) => missingFiles(message, project))
    return { outcome: refusal, files, folders: foldersOf([...files, ...missing]) }
  }
}

/** Writes a bundle with all that belongs to it, under that name. */
export async function writeDevBundle(
  { code, map, assets }: DevBundle,
  folder: string,
  name: string,
): Promise<void> {
  await writeFile(join(folder, name), code)
  await writeFile(join(folder, `${name}.map`), map)
  for (const { path, asset } of assets) await copyInto(folder, path, asset)
}

/** The same entry, with something between the kit and the plugin. */
function debugEntry({ file }: NamedPlugin): string {
  const [main, patience, plugin] = [
    ownKit.main,
    join(root, 'src/dev/program/patience.ts'),
    resolve(file),
  ].map((path) => JSON.stringify(path))
  return `import { runPlugin } from ${main}
import { bePatient } from ${patience}
import * as plugin from ${plugin}
bePatient(plugin)
runPlugin(plugin)`
}

/** Keeps the author's files, whether they compile or not. */
function notesFiles(files: Set<string>): Plugin {
  return {
    name: 'notes-files',
    setup({ onLoad }) {
      onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
        if (isAuthors(path) && existsSync(path)) files.add(path)
        return undefined
      })
    },
  }
}

function isAuthors(path: string): boolean {
  return !path.includes(`${sep}node_modules${sep}`) && !path.startsWith(join(root, 'src') + sep)
}

function written(
  { outputFiles = [] }: BuildResult,
  project: string,
  isDebugged: boolean,
): Pick<DevBundle, 'code' | 'map' | 'sources'> {
  const textOf = (end: string) => outputFiles.find(({ path }: OutputFile) => path.endsWith(end))?.text ?? ''
  const map: { sources: string[]; sourcesContent?: string[] } = JSON.parse(textOf('.cjs.map'))
  const paths = map.sources.map((source) => resolve(project, decodeURI(source)))
  const nameOf = sourceNamer(project, root)
  const names = paths.map(nameOf)
  const { sourcesContent: _, ...slim } = map
  const code = textOf('.cjs')
  return {
    code: isDebugged
      ? code + inlineMap({ ...map, sources: paths.map((path) => pathToFileURL(path).href) })
      : code,
    map: JSON.stringify({ ...slim, sources: names }),
    sources: new Map(names.map((name, index) => [name, paths[index] as string])),
  }
}

/** A debugger takes an inline map wherever it looks for files itself. */
function inlineMap(map: object): string {
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`
}

function foldersOf(files: Iterable<string>): Set<string> {
  return new Set([...files].map((file) => existing(dirname(file))))
}

/** The folder, or the nearest one above that is there. */
function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder))
}

/** Where a file would lie that a message says cannot be found. */
function missingFiles({ text, location }: Message, project: string): string[] {
  const name = /^Could not resolve "(.+)"$/.exec(text)?.[1]
  if (name === undefined) return []
  const importer = resolve(project, location?.file ?? '.')
  if (/^[./]/.test(name)) return [resolve(dirname(importer), name)]
  const modules = join(project, 'node_modules')
  return [join(modules, name), join(modules, name, 'package.json')]
}
