import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type BuildFailure, build, type Metafile, transform } from 'esbuild'
import { compilerRefusal, sentences } from './bundle-messages.ts'
import { bundleOptions, copyInto, entryOf, type NamedPlugin } from './bundle-options.ts'
import { type Kit, ownKit, root } from './kit.ts'
import type { ManifestPackage } from './manifest.ts'
import type { FoundAddon, FoundFile } from './native-addons.ts'
import { projectOf } from './project.ts'
import { nameModules, nameSources, sourceNamer } from './source-names.ts'

export type { NamedPlugin } from './bundle-options.ts'
export { type Kit, ownKit } from './kit.ts'

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
    ...bundleOptions({
      entry: entryOf(plugins, kit),
      platform,
      ...(abi && { abi }),
      project,
      kit,
      found,
      modules,
    }),
    metafile: true,
    outfile: resolve(code),
    target: 'node24',
    minifySyntax: true,
    legalComments: 'eof',
    sourcemap: 'linked',
    sourcesContent: false,
  }).catch(async (error: BuildFailure) => {
    throw await compilerRefusal(error, project)
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
