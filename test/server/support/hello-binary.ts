import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'uvu'
import { hostPlatform } from '../../../build/targets.ts'

export const build = (...args: string[]) =>
  execFileSync(process.execPath, ['bin/kong-ts.mjs', 'build', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })

const buildsHere = hostPlatform() === 'linux-x64'
export const test64 = buildsHere ? test : test.skip
export const hello = resolve('dist', hostPlatform(), 'hello')
if (buildsHere && !existsSync(hello)) build('examples/hello')
