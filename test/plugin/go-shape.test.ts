import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { adaptGoShape } from '../../src/plugin/go-shape.ts'

class Limits {
  maxSize = 10
  hosts = ['a.example']
}

class Config {
  static json = { filePath: 'my_file_path', 'limits.maxSize': 'max_size' }
  message = 'hello'
  filePath = '/tmp/log'
  reopen = false
  ratio = 1.5
  limits = { ...new Limits() }
  seen: unknown[] = []
  access(kong: unknown): void {
    this.#remember(kong)
  }
  log(): void {
    this.#remember('log')
  }
  #remember(what: unknown): void {
    heard.push([what, this.message, this.filePath, this.limits])
  }
}

const heard: unknown[] = []
const info = { id: 1, kong: {} }
const adapt = () => adaptGoShape(() => new Config(), '0.2.0', 1)

function configFields(schema: unknown): Record<string, { type: string; default?: unknown }> {
  const { fields } = schema as { fields: { config?: { fields: object[] } }[] }
  const config = fields.find((field) => field.config)?.config?.fields ?? []
  return Object.assign({}, ...config) as Record<string, { type: string; default?: unknown }>
}

test('adaptGoShape takes version, priority and the methods of a class as phases', () => {
  const plugin = adapt()
  assert.is(plugin.version, '0.2.0')
  assert.is(plugin.priority, 1)
  assert.is(plugin.name, undefined)
  assert.equal(Object.keys(plugin.phases), ['access', 'log'])
})

test('adaptGoShape reads the schema off the fields, with the names of static json', () => {
  const fields = configFields(adaptGoShape(() => new Config(), '0.2.0', 1).schema('p'))
  assert.equal(
    Object.entries(fields).map(([name, { type }]) => [name, type]),
    [
      ['message', 'string'],
      ['my_file_path', 'string'],
      ['reopen', 'boolean'],
      ['ratio', 'number'],
      ['limits', 'record'],
      ['seen', 'array'],
    ],
  )
  assert.is(fields.message?.default, 'hello')
  assert.is(fields.my_file_path?.default, '/tmp/log')
  const { fields: nested } = fields.limits as unknown as { fields: object[] }
  assert.equal(nested.flatMap(Object.keys), ['max_size', 'hosts'])
})

test('each instance is an object of its own, with Kong’s configuration in its fields', () => {
  const plugin = adapt()
  const open = (sent: object) => plugin.open(plugin.readConfig(sent).config, info)
  const first = open({ message: 'hi', my_file_path: '/var/log/a', limits: { max_size: 5 }, __plugin_id: 'x' })
  const second = open({})
  plugin.phases.access?.('kong', {}, first)
  plugin.phases.log?.('kong', {}, second)
  assert.equal(heard.splice(0), [
    ['kong', 'hi', '/var/log/a', { maxSize: 5, hosts: ['a.example'] }],
    ['log', 'hello', '/tmp/log', { maxSize: 10, hosts: ['a.example'] }],
  ])
})

test('adaptGoShape takes an object literal, lists as a whole and false over true', () => {
  const seen: unknown[] = []
  const plugin = adaptGoShape(
    () => ({
      on: true,
      names: ['a', 'b'],
      preread(this: { on: boolean; names: string[] }) {
        seen.push(this.on, this.names)
      },
    }),
    '1.0.0',
    0,
  )
  const instance = plugin.open(plugin.readConfig({ on: false, names: ['c'] }).config, info)
  plugin.phases.preread?.({}, {}, instance)
  assert.equal(seen, [false, ['c']])
})

test('adaptGoShape runs a method close when the instance ends', () => {
  const seen: string[] = []
  const plugin = adaptGoShape(() => ({ word: 'end', log() {}, close: () => seen.push('closed') }), '1.0.0', 0)
  plugin.close(plugin.open(plugin.readConfig({}).config, info), {})
  assert.equal(seen, ['closed'])
})

test('adaptGoShape refuses a version and a priority that Kong does not take', () => {
  assert.throws(() => adaptGoShape(() => ({}), '1', 0), /version/i)
  assert.throws(() => adaptGoShape(() => ({}), '1.0.0', 0.5), /priority/i)
})

test.run()
