// `node --import ./build/load-typescript.mjs file.ts` runs TypeScript, on Node 20 and in node_modules too, where Node
// itself does not: esbuild takes the types off, file by file, as they are imported. Nothing is type-checked here.
import { register } from 'node:module'

// Node 26 calls register deprecated. Its successor runs in the main thread, where esbuild is slow, and Node's own way of
// taking types off is experimental still.
const { noDeprecation } = process
process.noDeprecation = true
register('./typescript-hooks.mjs', import.meta.url)
process.noDeprecation = noDeprecation
// A stack names the lines as they were written.
process.setSourceMapsEnabled(true)
