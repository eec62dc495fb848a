import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { OnLoadResult, Plugin } from 'esbuild'
import type { FoundFile } from './addons/addon-file.ts'
import { nameInPackage } from './addons/package.ts'
import { loaderOf } from './addons/source.ts'
import { sha256 } from './sha256.ts'
import { linkedModule } from './wasm/linked-module.ts'
import { embedPaths, unexplained } from './wasm/paths.ts'

/**
 * Marks the module that `require` gives. What stands for an `import` must not be CommonJS: esbuild would copy such
 * bytes one property at a time.
 */
const required = '?required'

export interface WasmRequest {
  /** `src/server/addon.ts`. */
  readonly loader: string
  /** Gets what is to be embedded, by the name of its asset. */
  readonly found: Map<string, FoundFile>
}

/**
 * WebAssembly in a plugin. An import gives its bytes as a Uint8Array, or its exports where the modules that it wants
 * lie beside it. A path to one, made of `__dirname` or `import.meta.url` and a literal, leads to a file out of the
 * binary; what only looks like a path to one is warned of.
 */
export function wasmFiles({ loader, found }: WasmRequest): Plugin {
  const call = (name: string, ...values: string[]) =>
    `require(${JSON.stringify(loader)}).${name}(${values.map((value) => JSON.stringify(value)).join(', ')})`
  const embed = (path: string, bytes: Buffer): FoundFile => {
    const hash = sha256(bytes)
    const asset = `wasm/${hash.slice(0, 16)}/${basename(path)}`
    const file = { path, file: nameInPackage(path), asset, sha256: hash }
    found.set(asset, file)
    return file
  }
  return {
    name: 'wasm',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /\.wasm$/, namespace: 'file' }, async (args) => {
        if (args.kind !== 'require-call' || args.pluginData === found) return undefined
        const { importer, resolveDir, kind } = args
        const resolved = await resolve(args.path, { importer, resolveDir, kind, pluginData: found })
        const followed = resolved.errors.length === 0 && !resolved.external
        return followed ? { path: resolved.path, suffix: required } : undefined
      })
      onLoad({ filter: /\.wasm$/, namespace: 'file' }, async ({ path, suffix }): Promise<OnLoadResult> => {
        const bytes = await readFile(path)
        const read = call('readEmbedded', embed(path, bytes).asset)
        const alone =
          suffix === required
            ? `import bytes from ${JSON.stringify(path)}\nmodule.exports = bytes`
            : `export default ${read}`
        const contents = linkedModule(path, bytes, read) ?? alone
        return { contents, loader: 'js', resolveDir: dirname(path) }
      })
      onLoad(
        { filter: /\.[cm]?[jt]sx?$/, namespace: 'file' },
        async ({ path }): Promise<OnLoadResult | undefined> => {
          const text = await readFile(path, 'utf8')
          if (!text.includes('.wasm')) return undefined
          const { replaced, names } = await embedPaths(text, async (name) => {
            const target = join(dirname(path), name)
            if (!existsSync(target)) return undefined
            const { asset, file } = embed(target, await readFile(target))
            return call('pathOfEmbedded', asset, file)
          })
          const left = unexplained(text, names).filter(({ name }) => existsSync(join(dirname(path), name)))
          if (replaced === text && left.length === 0) return undefined
          const warnings = left.map(({ name, ...place }) => ({
            text: `${nameInPackage(path)} names ${name}, but not so that the build can tell how it is read: the binary has no such file. Give the package its bytes, where it takes them: import bytes from '${nameInPackage(join(dirname(path), name))}'`,
            location: { file: path, ...place },
          }))
          return { contents: replaced, loader: loaderOf(path), warnings }
        },
      )
    },
  }
}
