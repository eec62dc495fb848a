import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildFailure, build, formatMessages, type Message, type Metafile, type Plugin } from 'esbuild'
import { BuildError } from './errors.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** The two files of this kit that a bundle is made with: the start of every binary, and what `kong-ts-pdk` stands for. */
export interface Kit {
  readonly main: string
  readonly index: string
}

export const ownKit: Kit = { main: join(root, 'src/server/main.ts'), index: join(root, 'src/index.ts') }

export interface Bundle {
  readonly code: string
  /** The source map that goes into the binary: it names no folder of this machine. */
  readonly map: string
  /** The npm packages whose code is inside, as `name version (license)`. */
  readonly packages: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * One CommonJS file of a plugin, the kit and all they import, for Node 24, with its source map beside it. Names stay
 * as written, for readable stacks; licence comments stay at the end of the code.
 */
export async function bundlePlugin(plugin: string, code: string, kit: Kit = ownKit): Promise<Bundle> {
  const result = await build({
    stdin: { contents: entryOf(plugin, kit), resolveDir: root, sourcefile: 'kong-ts-pdk-entry.js' },
    outfile: code,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    supported: { 'dynamic-import': false }, // a binary has no loader for modules
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    lineLimit: 160, // Node quotes the whole line of an uncaught exception
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [kitResolver(kit), nativeAddons],
  }).catch(async (error: BuildFailure) => {
    if (!Array.isArray(error.errors)) throw error
    const shown = await sentences(error.errors.map(advise), 'error')
    throw new BuildError(shown.join('\n'))
  })
  const map = join(dirname(code), 'plugin.map')
  await writeFile(map, nameSources(await readFile(`${code}.map`, 'utf8'), dirname(code), plugin))
  return {
    code,
    map,
    packages: await listPackages(result.metafile),
    warnings: await sentences(result.warnings, 'warning'),
  }
}

/** The kit comes first: it diverts stdout before the plugin's own code can print at import time. */
function entryOf(plugin: string, kit: Kit): string {
  return [
    `import { runPlugin } from ${JSON.stringify(kit.main)}`,
    `import * as plugin from ${JSON.stringify(resolve(plugin))}`,
    'runPlugin(plugin)',
  ].join('\n')
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

const nativeAddons: Plugin = {
  name: 'native-addons',
  setup({ onResolve }) {
    onResolve({ filter: /\.node$/ }, ({ path }) => ({
      path,
      external: true,
      warnings: [
        { text: `Native addons are not supported yet: ${path} stays out, and loading it will fail` },
      ],
    }))
  },
}

/** esbuild advises to leave out what it cannot find; a binary has to bring everything along. */
function advise(message: Message): Message {
  const notes = message.notes.filter(({ text }) => !/^You can mark the path .* as external/.test(text))
  const name = /^Could not resolve "(@[^/"]+\/[^/"]+|[^"@#./:][^"/:]*)(\/[^"]*)?"$/.exec(message.text)?.[1]
  if (name === undefined || notes.length > 0) return { ...message, notes }
  return {
    ...message,
    text: `There is no package "${name}": install it beside the plugin: npm install ${name}`,
    notes,
  }
}

async function sentences(messages: Message[], kind: 'error' | 'warning'): Promise<string[]> {
  const shown = await formatMessages(messages, { kind, color: false })
  return messages.map(({ location, text }, index) =>
    location === null
      ? text
      : `${placeOf(location.file)}:${location.line}:${location.column + 1}: ${text}\n${excerpt(shown[index] ?? '')}`,
  )
}

/** A file from where make runs, or its whole path where it lies elsewhere. */
function placeOf(file: string): string {
  return file.startsWith('..') ? resolve(file) : file
}

/** The quoted source lines of a message of esbuild, without its heading. */
function excerpt(shown: string): string {
  return shown.split('\n').slice(3).join('\n').trimEnd()
}

/**
 * A map names each source as the author knows it, and no folder of this machine: from where make runs, else from the
 * folder above the plugin's own; the kit's files always by the kit's name, by which stacks leave them out.
 */
function nameSources(text: string, folder: string, plugin: string): string {
  const file = resolve(plugin)
  const base = isWithin(file, root) ? root : isWithin(file, resolve()) ? resolve() : resolve(file, '../..')
  const kit = base === root ? join(root, 'src') : root
  const map = JSON.parse(text) as { sources: string[] }
  const sources = map.sources.map((source) => {
    const path = resolve(folder, source)
    const name = isWithin(path, kit) ? join('kong-ts-pdk', relative(root, path)) : relative(base, path)
    return name
      .split(sep)
      .join('/')
      .replace(/^(\.\.\/)+/, '')
  })
  return JSON.stringify({ ...map, sources })
}

function isWithin(file: string, folder: string): boolean {
  return file.startsWith(folder + sep)
}

async function listPackages(metafile: Metafile): Promise<string[]> {
  const folders = Object.keys(metafile.inputs).flatMap(
    (file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  )
  const packages = [...new Set(folders)].sort().map(async (folder) => {
    const about: { name?: string; version?: string; license?: unknown } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    )
    return `${about.name} ${about.version} (${typeof about.license === 'string' ? about.license : 'no license named'})`
  })
  return Promise.all(packages)
}
