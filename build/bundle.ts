import { readFileSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type BuildFailure,
  build,
  formatMessages,
  type Message,
  type Metafile,
  type Plugin,
  transform,
} from 'esbuild'
import { BuildError } from './errors.ts'
import { makeFolder } from './folder.ts'
import type { ManifestPackage } from './manifest.ts'
import { type FoundAddon, type FoundFile, nativeAddons } from './native-addons.ts'
import { projectOf } from './project.ts'
import { nameModules, nameSources, sourceNamer } from './source-names.ts'
import { wasmFiles } from './wasm.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** The files of this kit that a bundle is made with. */
export interface Kit {
  /** The start of every binary. */
  readonly main: string
  /** What `kong-ts-pdk` stands for. */
  readonly index: string
  /** What loads a native addon. */
  readonly loader: string
}

export const ownKit: Kit = {
  main: join(root, 'src/server/main.ts'),
  index: join(root, 'src/index.ts'),
  loader: join(root, 'src/server/addon.ts'),
}

export interface BundleRequest {
  readonly plugins: readonly NamedPlugin[]
  /** The platform whose native addons are wanted. */
  readonly platform: string
  /** NODE_MODULE_VERSION of the Node inside. */
  readonly abi?: string
  /** The file that is written, with its source map and the addons beside it. */
  readonly code: string
  readonly kit?: Kit
}

export interface NamedPlugin {
  readonly file: string
  readonly name: string
}

export interface Bundle {
  readonly code: string
  /** The source map that goes into the binary: it names no folder of this machine. */
  readonly map: string
  readonly packages: readonly ManifestPackage[]
  /** The native addons inside; like the WASM files they lie beside the code. */
  readonly addons: readonly FoundAddon[]
  readonly wasm: readonly FoundFile[]
  readonly warnings: readonly string[]
}

/**
 * One CommonJS file of plugins, the kit and all they import, for Node 24, with its source map beside it. Names stay
 * as written, for readable stacks; licence comments stay at the end of the code.
 */
export async function bundlePlugins(request: BundleRequest): Promise<Bundle> {
  const { plugins, platform, abi, code, kit = ownKit } = request
  const [found, modules] = [new Map<string, FoundAddon>(), new Map<string, FoundFile>()]
  const project = projectOf(plugins[0]?.file ?? '')
  const result = await build({
    stdin: { contents: entryOf(plugins, kit), resolveDir: root, sourcefile: 'kong-ts-pdk-entry.js' },
    outfile: resolve(code),
    absWorkingDir: project,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    supported: { 'dynamic-import': false }, // a binary has no loader for modules
    minifySyntax: true,
    legalComments: 'eof',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [
      kitResolver(kit),
      nativeAddons({ platform, ...(abi && { abi }), loader: kit.loader, found }),
      wasmFiles({ loader: kit.loader, found: modules }),
    ],
  }).catch(async (error: BuildFailure) => {
    if (!Array.isArray(error.errors)) throw error
    const shown = await sentences(error.errors.map(advise), 'error', project)
    throw new BuildError(shown.join('\n'))
  })
  const map = `${code}.map`
  await tidy(code, map, project, Object.keys(result.metafile.inputs))
  const [addons, wasm] = [[...found.values()], [...modules.values()]]
  for (const { path, asset } of [...addons, ...wasm]) await copyInto(dirname(code), path, asset)
  return {
    code,
    map,
    packages: listPackages(result.metafile, project),
    addons,
    wasm,
    warnings: await sentences(result.warnings, 'warning', project),
  }
}

/**
 * Names modules and sources as they are called inside a binary; only then are comments and white space taken out, so
 * that where lines break does not depend on where the files lay.
 */
async function tidy(code: string, map: string, project: string, inputs: readonly string[]): Promise<void> {
  const nameOf = sourceNamer(project, root)
  const sources = nameSources(await readFile(map, 'utf8'), dirname(code), nameOf)
  const named = nameModules(await readFile(code, 'utf8'), project, inputs, nameOf)
  const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(sources).toString('base64')}`
  const tidied = await transform(named.replace(/^\/\/# sourceMappingURL=.*$/m, inline), {
    minifyWhitespace: true,
    legalComments: 'eof',
    lineLimit: 160, // Node quotes the whole line of an uncaught exception
    sourcemap: 'external',
    sourcesContent: false,
    target: 'node24',
  })
  await writeFile(code, `${tidied.code}//# sourceMappingURL=${basename(map)}\n`)
  const { sources: encoded, ...rest }: { sources: string[] } = JSON.parse(tidied.map)
  await writeFile(map, JSON.stringify({ ...rest, sources: encoded.map(decodeURI) }))
}

/**
 * The kit comes first: it diverts stdout before the plugin's own code can print at import time. Of several plugins
 * each is evaluated only when it is asked for.
 */
function entryOf(plugins: readonly NamedPlugin[], kit: Kit): string {
  const main = JSON.stringify(kit.main)
  const [only] = plugins
  if (only !== undefined && plugins.length === 1) {
    return `import { runPlugin } from ${main}\nimport * as plugin from ${pathOf(only)}\nrunPlugin(plugin)`
  }
  const members = plugins.map(
    (plugin) => `  ${JSON.stringify(plugin.name)}: () => require(${pathOf(plugin)}),`,
  )
  return [`import { runPlugins } from ${main}`, 'runPlugins({', ...members, '})'].join('\n')
}

function pathOf({ file }: NamedPlugin): string {
  return JSON.stringify(resolve(file))
}

/** A plugin finds this kit by name wherever it lies; msgpackr finds its optional native helper nowhere. */
function kitResolver(kit: Kit): Plugin {
  return {
    name: 'kong-ts-pdk',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^kong-ts-pdk$/ }, () => ({ path: kit.index }))
      onResolve({ filter: /^msgpackr-extract$/ }, ({ path }) => ({ path, namespace: 'absent' }))
      onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = undefined' }))
    },
  }
}

/** esbuild advises to leave out what it cannot find; a binary has to bring everything along. */
function advise(message: Message): Message {
  if (/^Top-level await is/.test(message.text)) {
    const text =
      'A binary has no await at the top of a file: do that in init, which may be async, and is waited for'
    return { ...message, text, notes: [] }
  }
  const notes = message.notes.filter(({ text }) => !/^You can mark the path .* as external/.test(text))
  const name = /^Could not resolve "(@[^/"]+\/[^/"]+|[^"@#./:][^"/:]*)(\/[^"]*)?"$/.exec(message.text)?.[1]
  if (name === undefined || notes.length > 0) return { ...message, notes }
  return {
    ...message,
    text: `There is no package "${name}": install it beside the plugin: npm install ${name}`,
    notes,
  }
}

async function sentences(messages: Message[], kind: 'error' | 'warning', project: string): Promise<string[]> {
  const shown = await formatMessages(messages, { kind, color: false })
  return messages.map(({ location, text }, index) =>
    location === null
      ? text
      : `${placeOf(resolve(project, location.file))}:${location.line}:${location.column + 1}: ${text}\n${excerpt(shown[index] ?? '')}`,
  )
}

/** A file from where the build runs, or its whole path where it lies elsewhere. */
function placeOf(file: string): string {
  return isWithin(file, resolve()) ? relative('', file) : file
}

/** The quoted source lines of a message of esbuild, without its heading. */
function excerpt(shown: string): string {
  return shown.split('\n').slice(3).join('\n').trimEnd()
}

function isWithin(file: string, folder: string): boolean {
  return file.startsWith(folder + sep)
}

async function copyInto(folder: string, path: string, asset: string): Promise<void> {
  await makeFolder(dirname(join(folder, asset)))
  await copyFile(path, join(folder, asset))
}

/** The packages of a bundle, each once: those in a node_modules, and linked ones, which lie elsewhere. */
function listPackages(metafile: Metafile, project: string): ManifestPackage[] {
  const folders = new Set<string>()
  for (const input of Object.keys(metafile.inputs)) {
    const folder = packageOf(resolve(project, input))
    if (folder !== undefined && folder !== project && folder !== root) folders.add(folder)
  }
  const packages = [...folders].map(readPackage)
  const byName = new Map(packages.map((about) => [`${about.name}@${about.version}`, about]))
  return [...byName.keys()].sort().map((key) => byName.get(key) as ManifestPackage)
}

/**
 * The package that a file belongs to: the innermost one in a node_modules, else the nearest folder above with a
 * package.json that has a name; those without only say how modules are to be read.
 */
function packageOf(file: string): string | undefined {
  const installed = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0]
  if (installed !== undefined) return installed
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (readAbout(folder)?.name !== undefined) return folder
  return undefined
}

function readAbout(folder: string): { name?: string; version?: string; license?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function readPackage(folder: string): ManifestPackage {
  const { name = basename(folder), version = 'no version', license } = readAbout(folder) ?? {}
  const word = typeof license === 'object' ? (license as { type?: unknown } | null)?.type : license
  return { name: String(name), version: String(version), ...(typeof word === 'string' && { license: word }) }
}
