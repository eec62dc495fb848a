import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { definePlugin, type PluginDefinition, settleDefinition } from '../../src/plugin/define.ts'
import { s } from '../../src/schema/index.ts'

type Loose = PluginDefinition<Record<never, never>, undefined, 'ProtoBuf:1'>
const info = { id: 1, kong: {} }

function refusal(definition: object): string {
  try {
    definePlugin(definition as Loose)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error(`accepted: ${JSON.stringify(definition)}`)
}

test('definePlugin gives its argument back', () => {
  const definition = { version: '1.0.0', config: { a: s.string() }, access() {} }
  assert.is(definePlugin(definition), definition)
})

test('definePlugin refuses a version that is not x.y.z', () => {
  for (const version of ['1.0', 'one', '1.0.0-beta', 'v1.0.0', '', undefined, 1])
    assert.match(refusal({ version }), /version/i, String(version))
})

test('definePlugin refuses a priority that is no whole number', () => {
  for (const priority of [1.5, Number.NaN, '7', Number.POSITIVE_INFINITY, null])
    assert.match(refusal({ version: '1.0.0', priority }), /priority/i, String(priority))
})

test('definePlugin refuses a field that would stop Kong from starting, with its name', () => {
  const config = { message: s.string({ description: 'short' }) }
  assert.match(refusal({ version: '1.0.0', config }), /message/)
})

test('settleDefinition settles every default', () => {
  const plugin = settleDefinition(definePlugin({ version: '1.0.0', access() {} }))
  const { name, version, priority, protocol, onError, timeLimit, idleLimit, frameLimit } = plugin
  assert.equal(
    { name, version, priority, protocol, onError, timeLimit, idleLimit, frameLimit },
    {
      name: undefined,
      version: '1.0.0',
      priority: 0,
      protocol: 'ProtoBuf:1',
      onError: 'fail',
      timeLimit: 30_000,
      idleLimit: 900_000,
      frameLimit: 67_108_864,
    },
  )
  assert.equal(Object.keys(plugin.phases), ['access'])
})

test('the schema carries tcp and tls for a plugin with preread only, and the stream and http ones for both', () => {
  const protocolsOf = (phases: object): unknown => {
    const plugin = settleDefinition(definePlugin({ version: '1.0.0', ...phases } as Loose))
    const { fields } = plugin.schema('p') as { fields: Record<string, { elements: { one_of: string[] } }>[] }
    return fields.find((field) => 'protocols' in field)?.protocols?.elements.one_of
  }
  const handler = () => undefined
  assert.equal(protocolsOf({ preread: handler }), ['tcp', 'tls'])
  assert.equal(protocolsOf({ preread: handler, access: handler }), [
    'grpc',
    'grpcs',
    'http',
    'https',
    'tcp',
    'tls',
  ])
  assert.is(protocolsOf({ access: handler }), undefined)
})

test('the schema takes whatever name the binary has', () => {
  const plugin = settleDefinition(definePlugin({ version: '1.0.0', log() {} }))
  assert.is((plugin.schema('one') as { name: string }).name, 'one')
  assert.is((plugin.schema('two') as { name: string }).name, 'two')
})

test('handlers get the config with its defaults and the state of init, with the definition as this', async () => {
  const seen: unknown[] = []
  const definition = definePlugin({
    version: '1.0.0',
    config: { message: s.string({ default: 'hello' }), count: s.integer() },
    init: async (config) => ({ upper: config.message.toUpperCase() }),
    close: (state, config) => seen.push('close', state, config),
    access(kong, config, state) {
      seen.push(kong, config, state, this === definition)
    },
  })
  const plugin = settleDefinition(definition)
  const { config, kong } = plugin.readConfig({ count: 3, __plugin_id: 'an-id', __seq__: 1 })
  const state = await plugin.open(config, { id: 1, kong })
  const own = {} as object
  plugin.phases.access?.(own, config, state)
  plugin.close(state, config)
  const given = { message: 'hello', count: 3 }
  assert.is(seen[0], own)
  assert.equal(seen.slice(1), [given, { upper: 'HELLO' }, true, 'close', { upper: 'HELLO' }, given])
})

test('a plugin without init has no state', () => {
  const plugin = settleDefinition(definePlugin({ version: '1.0.0', log() {} }))
  assert.is(plugin.open({}, info), undefined)
})

test('init and close are called with the definition as this', async () => {
  const seen: unknown[] = []
  const definition = definePlugin({
    version: '1.0.0',
    init() {
      seen.push(this.version)
      return 1
    },
    close() {
      seen.push(this.version)
    },
    log() {},
  })
  const plugin = settleDefinition(definition)
  await plugin.open({}, { id: 1, kong: {} })
  await plugin.close(1, {})
  assert.equal(seen, ['1.0.0', '1.0.0'])
})

test.run()
