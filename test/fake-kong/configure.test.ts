import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configure } from '../../src/fake-kong/configure.ts'

const schema = {
  name: 'test',
  fields: [
    {
      config: {
        type: 'record',
        fields: [
          { message: { type: 'string', required: true } },
          { limit: { type: 'integer', default: 5 } },
          { path: { type: 'string' } },
          { deep: { type: 'record', fields: [{ size: { type: 'integer' } }] } },
        ],
      },
    },
  ],
}

test('configure: gives what Kong sends: defaults filled in, absent fields left out', () => {
  assert.equal(configure(schema, { config: { message: 'a' }, protocols: ['http'] }), {
    ok: true,
    plugin: { name: 'test', config: { message: 'a', limit: 5, deep: {} }, protocols: ['http'] },
  })
})

test('configure: refuses in the words and shape of the Admin API', () => {
  assert.equal(configure(schema, { config: { limit: 'x' } }), {
    ok: false,
    error: {
      code: 2,
      name: 'schema violation',
      message:
        '2 schema violations (config.limit: expected an integer; config.message: required field missing)',
      fields: { config: { limit: 'expected an integer', message: 'required field missing' } },
    },
  })
  const deep = configure(schema, { config: { message: 'a', deep: { size: 'x' } } })
  assert.equal(
    deep.ok === false && deep.error.message,
    'schema violation (config.deep: {\n  size = "expected an integer"\n})',
  )
  const unknown = configure(schema, { config: { message: 'a' }, colour: 1 })
  assert.equal(unknown.ok === false && unknown.error.message, 'schema violation (colour: unknown field)')
})

test.run()
