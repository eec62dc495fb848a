import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readYaml } from '../../src/dev/declarative/yaml-file.ts'

const valueIn = (text: string) => readYaml(text, 'kong.yml').value

test("readYaml: words and numbers are those of Kong's reader", () => {
  assert.equal(valueIn('[yes, No, on, OFF, true, ~, null, 0x1f, 0777, 1.5, 5]'), [
    true,
    false,
    true,
    false,
    true,
    null,
    null,
    31,
    511,
    1.5,
    5,
  ])
  assert.equal(valueIn('[y, N, 2020-01-01, "yes", 3.0.1]'), ['y', 'N', '2020-01-01', 'yes', '3.0.1'])
})

test('readYaml: merge keys fill in what is not written', () => {
  assert.equal(valueIn('a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }\nc: { <<: [*a, { z: 4 }] }'), {
    a: { x: 1, y: 2 },
    b: { x: 1, y: 3 },
    c: { x: 1, y: 2, z: 4 },
  })
})

test('readYaml: a place is the key of a member, or the start of an entry, behind aliases too', () => {
  const yaml = readYaml('a: &list\n- one\n-   b: 2\n    c: 3\nd: *list\ne: { <<: { f: 1 } }\n', 'kong.yml')
  const at = (...path: (string | number)[]) => {
    const { line, column } = yaml.place(path)
    return `${line}:${column}`
  }
  assert.equal(
    [at(), at('a'), at('a', 0), at('a', 1, 'c'), at('d'), at('d', 1, 'c'), at('e', 'f'), at('none')],
    ['1:1', '1:1', '2:3', '4:5', '5:1', '4:5', '6:1', '1:1'],
  )
})

test('readYaml: a member called __proto__ is a member', () => {
  const value = valueIn('{ "__proto__": { "polluted": true } }') as object
  assert.is(Object.getPrototypeOf(value), Object.prototype)
  assert.equal(Object.keys(value), ['__proto__'])
})

test('readYaml: a file nested without end is a sentence', () => {
  assert.throws(
    () => valueIn('['.repeat(200_000)),
    /^Cannot read kong\.yml: it is nested too deep$|kong\.yml:1:/,
  )
})

test.run()
