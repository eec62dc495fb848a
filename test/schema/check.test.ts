import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DumpSchema } from '../../src/schema/index.ts'
import { checkConfig, checkSchema } from '../../src/schema/index.ts'

interface Shape {
  title: string
  verdict: 'accepted' | 'rejected'
  schema: DumpSchema
  error?: string
  configs: {
    plugin: Record<string, unknown>
    ok: boolean
    stored_config?: unknown
    protocols?: string[]
    error?: unknown
    error_text?: string
  }[]
}

const shapes = JSON.parse(readFileSync(new URL('./schema-shapes.json', import.meta.url), 'utf8')) as Shape[]
let configsSeen = 0
let schemasSeen = 0

for (const shape of shapes) {
  test(`checkSchema gives Kong's verdict on: ${shape.title}`, () => {
    schemasSeen++
    const verdict = checkSchema(shape.schema)
    if (shape.verdict === 'accepted') {
      assert.equal(verdict, { ok: true })
      return
    }
    assert.is(verdict.ok, false)
    const errors = verdict.ok ? undefined : verdict.errors
    const recorded = shape.error!
    const expected = recorded.startsWith('{') ? JSON.parse(recorded) : recorded.replace('new_subschema: ', '')
    assert.equal(sortLists(errors), sortLists(expected))
  })

  for (const [index, config] of shape.configs.entries()) {
    test(`checkConfig gives Kong's verdict on config ${index} of: ${shape.title}`, () => {
      configsSeen++
      const verdict = checkConfig(shape.schema, config.plugin)
      if (verdict.ok) {
        assert.is(config.ok, true)
        assert.equal(verdict.plugin.config, config.stored_config)
        assert.equal(verdict.plugin.protocols, config.protocols)
      } else if (config.error_text !== undefined) {
        assert.is(config.ok, false)
        assert.ok(config.error_text.endsWith(`: ${verdict.crash}`))
      } else {
        assert.equal(verdict, { ok: false, errors: config.error })
      }
    })
  }
}

test('schema-shapes.json was gone through to the last row', () => {
  assert.is(schemasSeen, 92)
  assert.is(configsSeen, 113)
})

// Kong lists the types and the names of entity checks in hash order, in two of its messages.
function sortLists(errors: unknown): unknown {
  if (typeof errors === 'string') {
    const list = /^(expected one of: |exactly one of these fields must be non-empty: )(.*)$/.exec(errors)
    return list ? list[1] + list[2]!.split(', ').sort().join(', ') : errors
  }
  if (Array.isArray(errors)) return errors.map(sortLists)
  if (typeof errors !== 'object' || errors === null) return errors
  return Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, sortLists(error)]))
}

test.run()
