import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageError } from '../../build/errors.ts'
import { checkPluginName, nameOf } from '../../build/name.ts'

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

test('nameOf passes a folder called src over', () => {
  assert.is(nameOf('/path/my-plugin/src/index.ts'), 'my-plugin')
  assert.is(nameOf('/path/src/other.ts'), 'other')
})

test('nameOf refuses a name that no path of a socket has room for', () => {
  const longest = 'a'.repeat(50)
  assert.is(nameOf(`path/${longest}.ts`), longest)
  assert.throws(() => nameOf(`path/${longest}b.ts`), /and 50 of them at most; .* --name a{50}, or/)
})

test("nameOf refuses Kong's own command, and checkPluginName a plugin of Kong's own", () => {
  for (const name of ['kong', 'resty', 'nginx'])
    assert.throws(() => nameOf(`path/${name}.ts`), /Kong's own command/)
  for (const name of ['key-auth', 'Key-Auth', 'redirect'])
    assert.throws(() => checkPluginName(name), /Kong has a plugin "[\w-]+" of its own/)
  checkPluginName('my-key-auth')
})

test.run()
