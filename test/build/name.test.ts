import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageError } from '../../build/errors.ts'
import { nameOf } from '../../build/name.ts'

test('nameOf takes the folder of a file called plugin or index', () => {
  assert.is(nameOf('examples/hello/plugin.ts'), 'hello')
  assert.is(nameOf('/a/key-guard/index.js'), 'key-guard')
  assert.is(nameOf('/a/key-guard/plugin.cjs'), 'key-guard')
})

test('nameOf takes the name of any other file', () => {
  assert.is(nameOf('path/to/my-plugin.ts'), 'my-plugin')
  assert.is(nameOf('plugin-2.mjs'), 'plugin-2')
})

test('nameOf refuses a name that Kong does not take', () => {
  const refuse = () => nameOf('path/my plugin.ts')
  assert.throws(
    refuse,
    (error: Error) => error instanceof UsageError && error.message.includes('"my plugin"'),
  )
})

test.run()
