import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readJson } from '../../src/dev/page/json-place.ts'

const faults: readonly (readonly [text: string, line: number, column: number, reason: RegExp])[] = [
  ['', 1, 1, /^a value is missing/],
  ['{', 1, 2, /a key in double quotes or \} is missing/],
  ['{\n  "a": 1,\n}', 3, 1, /a key in double quotes was expected, not \}/],
  ['{"a" 1}', 1, 6, /a colon was expected/],
  ['{"a": 1 "b": 2}', 1, 9, /a comma or \} was expected/],
  ["{'a': 1}", 1, 2, /double quotes/],
  ['[1, 2', 1, 6, /a comma or \] is missing/],
  ['[1,]', 1, 4, /a value was expected/],
  ['{"a": tru}', 1, 7, /a value was expected/],
  ['{"a": 01}', 1, 7, /a value was expected/],
  ['{} {}', 1, 4, /the end was expected/],
  ['{\n\n  "a": "b\nc"\n}', 3, 8, /no end on its line/],
  ['{"a": "\\x"}', 1, 7, /escape/],
  ['{"a": undefined}', 1, 7, /a value was expected/],
]

for (const [text, line, column, reason] of faults)
  test(`readJson: says where ${JSON.stringify(text)} goes wrong`, () => {
    const read = readJson(text)
    assert.not(read.ok)
    if (read.ok) return
    assert.equal([read.line, read.column], [line, column], read.reason)
    assert.match(read.reason, reason)
  })

const whole = '{"a": [1, -2.5e+3, {"b\\u00e9\\n": null}], "c": {}, "d": [], "e": "\u007f", "f": true}'

test('readJson: gives the value', () => {
  assert.equal(readJson(whole), { ok: true, value: JSON.parse(whole) })
})

test('readJson: has words of its own for every cut and every changed sign', () => {
  const spoilt = Array.from(whole, (_, at) => [
    whole.slice(0, at),
    whole.slice(0, at) + whole.slice(at + 1),
    ...['{', '}', '[', ']', ',', ':', '"', '0', 'x', '\n'].map(
      (sign) => whole.slice(0, at) + sign + whole.slice(at + 1),
    ),
  ]).flat()
  for (const text of spoilt) {
    const read = readJson(text)
    if (!read.ok) assert.not.match(read.reason, /SyntaxError/, text)
  }
})

test.run()
