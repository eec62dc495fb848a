import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The code of a module that stands for a WebAssembly file whose own imports are modules beside it, as wasm-bindgen
 * writes them for bundlers: its exports are those of the instance. `undefined` for any other file.
 */
export function linkedModule(path: string, bytes: Buffer, read: string): string | undefined {
  const module = compile(bytes)
  if (module === undefined) return undefined
  const wanted = [...new Set(Module.imports(module).map((entry) => entry.module))]
  const linked = wanted.every((name) => /^\.\.?\//.test(name) && existsSync(join(dirname(path), name)))
  if (wanted.length === 0 || !linked) return undefined
  const names = Module.exports(module).map((entry) => entry.name)
  return [
    ...wanted.map((name, at) => `import * as module${at} from ${JSON.stringify(name)}`),
    `const modules = { ${wanted.map((name, at) => `${JSON.stringify(name)}: module${at}`).join(', ')} }`,
    `const { exports } = new WebAssembly.Instance(new WebAssembly.Module(${read}), modules)`,
    ...names.map((name, at) => `const export${at} = exports[${JSON.stringify(name)}]`),
    `export { ${names.map((name, at) => `export${at} as ${JSON.stringify(name)}`).join(', ')} }`,
  ].join('\n')
}

interface WithWebAssembly {
  readonly WebAssembly: {
    readonly Module: {
      new (bytes: Uint8Array): object
      imports(module: object): { readonly module: string }[]
      exports(module: object): { readonly name: string }[]
    }
  }
}

// TypeScript has these types only among those of a browser.
const { Module } = (globalThis as unknown as WithWebAssembly).WebAssembly

/** A file that Node cannot compile here may do where its features are known; its bytes are good enough. */
function compile(bytes: Buffer): object | undefined {
  try {
    return new Module(bytes)
  } catch {
    return undefined
  }
}
