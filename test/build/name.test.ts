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

test('nameOf refuses a name that Kong does not take, says why, and names one that will do', () => {
  const refused = {
    'my plugin': 'my-plugin',
    UPPER: 'upper',
    'a.b': 'a-b',
    _c: 'c',
    'd!': 'd',
    é: 'my-plugin',
  }
  for (const [name, better] of Object.entries(refused))
    assert.throws(
      () => nameOf(`path/${name}.ts`),
      (error: Error) =>
        error instanceof UsageError &&
        error.message.includes(`"${name}": Kong reads pluginserver_names in lower case`) &&
        error.message.endsWith(`choose another with --name ${better}, or NAME=${better} for make`),
      name,
    )
})

test.run()
