import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { diffHeaders, diffLines, foldLines } from '../../src/dev/page/diff.ts'

test('diffHeaders: tells added, removed and changed from same, whatever the case of the names', () => {
  const rows = diffHeaders(
    [
      ['Host', 'a'],
      ['X-Gone', '1'],
      ['x-two', 'one'],
      ['x-two', 'two'],
    ],
    [
      ['host', 'a'],
      ['x-two', 'one'],
      ['X-New', 'n'],
    ],
  )
  assert.equal(rows, [
    { name: 'x-gone', change: 'removed', before: ['1'], after: [] },
    { name: 'x-two', change: 'changed', before: ['one', 'two'], after: ['one'] },
    { name: 'x-new', change: 'added', before: [], after: ['n'] },
    { name: 'host', change: 'same', before: ['a'], after: ['a'] },
  ])
})

test('diffHeaders: takes names that objects have of themselves', () => {
  assert.equal(diffHeaders([], [['__proto__', 'x']]), [
    { name: '__proto__', change: 'added', before: [], after: ['x'] },
  ])
})

test('diffLines: keeps what is common and marks the rest', () => {
  assert.equal(diffLines('a\nb\nc\nd', 'a\nc\nx\nd'), [
    { change: 'same', text: 'a' },
    { change: 'removed', text: 'b' },
    { change: 'same', text: 'c' },
    { change: 'added', text: 'x' },
    { change: 'same', text: 'd' },
  ])
})

test('diffLines: holds both texts in order, for all pairs of short texts', () => {
  const texts = ['', 'a', 'b', 'a\nb', 'b\na', 'a\na', 'a\nb\na', 'b\na\nb', 'a\nb\nb\na', 'b\n\na']
  for (const before of texts)
    for (const after of texts) {
      const lines = diffLines(before, after) ?? []
      const side = (without: string) =>
        lines.filter(({ change }) => change !== without).map(({ text }) => text)
      assert.equal([side('added').join('\n'), side('removed').join('\n')], [before, after])
    }
})

test('diffLines: gives up where too many lines differ, not where they are only many', () => {
  const lines = (sign: string, count: number) => Array.from({ length: count }, (_, n) => sign + n).join('\n')
  assert.is(diffLines(lines('a', 600), lines('b', 600)), undefined)
  assert.is(diffLines('', lines('a', 5000)), undefined)
  assert.is(diffLines(lines('a', 9000), `${lines('a', 9000)}\nmore`)?.at(-1)?.text, 'more')
})

test('foldLines: leaves out what is the same, but for three lines on each side of a change', () => {
  const same = (text: string) => ({ change: 'same', text }) as const
  const added = { change: 'added', text: 'new' } as const
  const long = Array.from({ length: 10 }, (_, index) => same(`${index}`))
  assert.equal(foldLines([...long, added, ...long, added]), [
    { change: 'left out', count: 7 },
    ...long.slice(7),
    added,
    ...long.slice(0, 3),
    { change: 'left out', count: 4 },
    ...long.slice(7),
    added,
  ])
  assert.equal(foldLines([added, ...long]), [added, ...long.slice(0, 3), { change: 'left out', count: 7 }])
  assert.equal(foldLines(long), [{ change: 'left out', count: 10 }])
  assert.equal(foldLines([]), [])
})

test.run()
