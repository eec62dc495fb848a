import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judge, type Limits } from '../../bench/guard/limits.ts'
import { measureHotPaths } from '../../bench/guard/measure.ts'

const limits: Limits = JSON.parse(readFileSync('bench/guard/limits.json', 'utf8'))
const found = await measureHotPaths()

for (const name of new Set([...Object.keys(limits), ...Object.keys(found)])) {
  const { failures, notes } = judge(name, found[name], limits[name])
  for (const note of notes) console.log(note)
  test(`bench-guard: ${name} keeps to its limits`, () =>
    assert.ok(failures.length === 0, failures.join('\n')))
}

const before = { heap: 1000, buffers: 0, steps: 200, writes: 10 }

test('judge: up to 10 % more of anything but writes is within the limits', () => {
  const after = { heap: 1100, buffers: 16, steps: 220, writes: 10 }
  assert.equal(judge('hello', after, before), { failures: [], notes: [] })
})

test('judge: what passes a limit is named with the limit, what was found, and the way out', () => {
  const after = { heap: 1101, buffers: 17, steps: 221, writes: 11 }
  const { failures, notes } = judge('hello', after, before)
  const wayOut =
    'find what was added, or renew the limits with make bench-guard RENEW=1, and say in the commit why'
  assert.equal(failures, [
    `hello takes 1,101 bytes of heap, more than 1,100, its limit of 1,000 and 10 %: ${wayOut}`,
    `hello takes 17 bytes of buffers, more than 16, its limit of 0 and 10 %: ${wayOut}`,
    `hello takes 221 steps, more than 220, its limit of 200 and 10 %: ${wayOut}`,
    `hello takes 11 writes, more than 10: ${wayOut}`,
  ])
  assert.equal(notes, [])
})

test('judge: what has fallen by more than 10 % asks for new limits and fails nothing', () => {
  const after = { heap: 899, buffers: 0, steps: 180, writes: 9 }
  const { failures, notes } = judge('hello', after, before)
  assert.equal(failures, [])
  assert.equal(notes, [
    'Note: hello takes 899 bytes of heap, less than its limit of 1,000: renew the limits with make bench-guard RENEW=1',
    'Note: hello takes 9 writes, less than its limit of 10: renew the limits with make bench-guard RENEW=1',
  ])
})

test('judge: a hot path without limits fails, and so do limits without a hot path', () => {
  assert.equal(judge('new', before, undefined).failures, [
    'new has no limits: renew the limits with make bench-guard RENEW=1',
  ])
  assert.equal(judge('old', undefined, before).failures, [
    'limits.json has limits for old, which is not measured: renew the limits with make bench-guard RENEW=1',
  ])
})

test.run()
