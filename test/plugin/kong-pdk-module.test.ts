import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { adaptKongPdkModule, isKongPdkModule } from '../../src/plugin/kong-pdk-module.ts'

class KongPlugin {
  readonly config: unknown
  constructor(config: unknown) {
    this.config = config
  }
  async access(kong: { calls: unknown[] }): Promise<void> {
    kong.calls.push(this.config, this instanceof KongPlugin)
  }
}

const module = {
  Plugin: KongPlugin,
  Schema: [{ message: { type: 'string', default: 'hey' } }],
  Version: '0.1.0',
  Priority: 3,
  Name: 'JS-Hello',
}

test('isKongPdkModule knows a module by its Plugin class', () => {
  assert.ok(isKongPdkModule(module))
  for (const value of [undefined, null, {}, { Plugin: 'text' }, KongPlugin, { version: '1.0.0' }])
    assert.not.ok(isKongPdkModule(value))
})

test('adaptKongPdkModule takes name, version, priority, phases and schema as they are, over MsgPack:1', () => {
  const plugin = adaptKongPdkModule(module)
  const { name, version, priority, protocol } = plugin
  assert.equal(
    { name, version, priority, protocol },
    { name: 'js-hello', version: '0.1.0', priority: 3, protocol: 'MsgPack:1' },
  )
  assert.equal(Object.keys(plugin.phases), ['access'])
  const { fields } = plugin.schema('js-hello') as { fields: object[] }
  assert.equal(fields, [
    { config: { type: 'record', fields: [{ message: { type: 'string', default: 'hey' } }] } },
  ])
})

test('each instance is an object of Plugin with the configuration as Kong sent it', async () => {
  const plugin = adaptKongPdkModule(module)
  const sent = { message: 'hi', __plugin_id: 'x' }
  const { config } = plugin.readConfig(sent)
  const kong = { calls: [] as unknown[] }
  await plugin.phases.access?.(kong, config, plugin.open(config, { id: 1, kong: {} }))
  assert.equal(kong.calls, [sent, true])
})

test('adaptKongPdkModule takes a module without Schema, Priority and Name', () => {
  const plugin = adaptKongPdkModule({ Plugin: KongPlugin, Version: '1.0.0' })
  assert.is(plugin.name, undefined)
  assert.is(plugin.priority, 0)
})

test('adaptKongPdkModule refuses a module without Version, or with a Schema that is no list', () => {
  assert.throws(() => adaptKongPdkModule({ Plugin: KongPlugin }), /exports no Version/)
  assert.throws(
    () => adaptKongPdkModule({ ...module, Schema: {} as readonly object[] }),
    /Schema must be an array/,
  )
})

test.run()
