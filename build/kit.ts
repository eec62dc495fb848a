import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this kit. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

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
