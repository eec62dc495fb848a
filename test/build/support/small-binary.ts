import { fileURLToPath } from 'node:url'
import type { Kit } from '../../../build/bundle.ts'
import type { Progress } from '../../../build/progress.ts'
import { hostPlatform } from '../../../build/targets.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

export const small = fixture('small.ts')
export const fixtureKit: Kit = {
  main: fixture('kit/main.ts'),
  index: fixture('kit/index.ts'),
  loader: fixture('kit/index.ts'),
}

/** The platform that this machine can build; elsewhere the tests of real binaries are skipped. */
export const buildsHere = hostPlatform() === 'linux-x64'

/** Nobody watches the build. */
export const quiet: Progress = { report() {}, step() {} }
