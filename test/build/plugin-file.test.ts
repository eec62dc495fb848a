import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageError } from '../../build/errors.ts'
import { findPlugin } from '../../build/plugin-file.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()

test('findPlugin takes a file as it is', () => {
  assert.is(findPlugin('examples/hello/plugin.ts'), 'examples/hello/plugin.ts')
})

test('findPlugin takes the plugin of a folder, whatever it is written in', () => {
  for (const name of ['plugin.ts', 'plugin.js', 'plugin.cjs', 'plugin.mjs', 'index.ts', 'index.js']) {
    const own = join(folder, name.replace('.', '-'))
    mkdirSync(own)
    writeFileSync(join(own, 'other.ts'), '')
    writeFileSync(join(own, name), '')
    assert.is(findPlugin(own), join(own, name))
  }
})

test('findPlugin takes plugin.ts where index.js lies beside it', () => {
  writeFileSync(join(folder, 'index-js', 'plugin.ts'), '')
  assert.is(findPlugin(join(folder, 'index-js')), join(folder, 'index-js', 'plugin.ts'))
})

test('findPlugin asks for the file of a folder without one of these names', () => {
  const own = join(folder, 'none')
  mkdirSync(join(own, 'plugin.ts'), { recursive: true })
  assert.throws(
    () => findPlugin(own),
    (error: Error) =>
      error instanceof UsageError &&
      error.message.startsWith(`Cannot use ${own}: it is a folder with none of plugin.ts, `) &&
      error.message.endsWith(`name the file, as in ${own}/my-plugin.ts`),
  )
})

test.run()
