// `node --import ./build/load-typescript.mjs file.ts` runs TypeScript on Node 20, which cannot strip types by
// itself: esbuild takes the types off, file by file, as they are imported. Nothing is type-checked here.
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
