import { copyFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { makeFolder } from './folder.ts'
import { type Kit, root } from './kit.ts'
import { type FoundAddon, type FoundFile, nativeAddons } from './native-addons.ts'
import { wasmFiles } from './wasm.ts'

export interface NamedPlugin {
  readonly file: string
  readonly name: string
}

export interface OptionsRequest {
  /** The text of the file that all begins with. */
  readonly entry: string
  /** The platform whose native addons are wanted. */
  readonly platform: string
  /** NODE_MODULE_VERSION of the Node that runs it. */
  readonly abi?: string
  /** The folder from which esbuild names files. */
  readonly project: string
  readonly kit: Kit
  /** Get what is to lie beside the code, by the name of its asset. */
  readonly found: Map<string, FoundAddon>
  readonly modules: Map<string, FoundFile>
}

/** What every bundle is made with: one CommonJS file of plugins, the kit and all they import. */
export function bundleOptions(request: OptionsRequest): BuildOptions {
  const { entry, platform, abi, project, kit, found, modules } = request
  return {
    stdin: { contents: entry, resolveDir: root, sourcefile: 'kong-ts-pdk-entry.js' },
    absWorkingDir: project,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    supported: { 'dynamic-import': false }, // a binary has no loader for modules
    logLevel: 'silent',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [
      kitResolver(kit),
      nativeAddons({ platform, ...(abi && { abi }), loader: kit.loader, found }),
      wasmFiles({ loader: kit.loader, found: modules }),
    ],
  }
}

/**
 * The kit comes first: it diverts stdout before the plugin's own code can print at import time. Of several plugins
 * each is evaluated only when it is asked for.
 */
export function entryOf(plugins: readonly NamedPlugin[], kit: Kit): string {
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

/** A plugin finds this kit by name wherever it lies. */
function kitResolver(kit: Kit): Plugin {
  return {
    name: 'kong-ts-pdk',
    setup({ onResolve }) {
      onResolve({ filter: /^kong-ts-pdk$/ }, () => ({ path: kit.index }))
    },
  }
}

/** Puts a file beside the code. */
export async function copyInto(folder: string, path: string, asset: string): Promise<void> {
  await makeFolder(dirname(join(folder, asset)))
  await copyFile(path, join(folder, asset))
}
