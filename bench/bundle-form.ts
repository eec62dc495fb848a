import type { BuildOptions } from 'esbuild'
import { ownKit } from '../build/kit.ts'

/** What a measurement runs in the Node of the binaries: names as they are in the source, the syntax as in a binary. */
export const bundleForm = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  minifySyntax: true,
  alias: { 'kong-ts-pdk': ownKit.index },
  logLevel: 'silent',
} satisfies BuildOptions
