import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { measureCodecs } from '../../bench/codecs/measure.ts'
import { type Measured, type Results, replaceTable, tableOf } from '../../bench/codecs/results.ts'

test('measureCodecs: times every message in both ways, and msgpackr where it can do it', async () => {
  const { series, keepsBytes } = await measureCodecs({ rounds: 2, milliseconds: 0 })
  const named = (name: string) => series.filter(({ subject }) => subject === name)
  assert.is(named('kong-ts-pdk').length, 16)
  assert.equal(
    named('msgpackr').map(({ message, way }) => `${message}, ${way}`),
    [
      'MsgPack step with 10 headers, write',
      'MsgPack step with 10 headers, read',
      'MsgPack reply with a call, write',
      'MsgPack reply with a call, read',
    ],
  )
  for (const { nanoseconds } of series) assert.is(nanoseconds.length, 2)
  assert.equal(keepsBytes, { 'kong-ts-pdk': true, msgpackr: false })
})

test('tableOf: gives nanoseconds of the first, and the ratio to it round by round', () => {
  const of = (subject: string, way: Measured['way'], nanoseconds: readonly number[]): Measured => ({
    message: 'KV of set_header',
    way,
    subject,
    nanoseconds,
  })
  const series = [
    of('ours', 'write', [100, 200, 50]),
    of('theirs', 'write', [150, 200, 200]),
    of('ours', 'read', [10, 10, 10]),
  ]
  assert.equal(tableOf({ series, keepsBytes: {} }), [
    '| message | ours, ns | theirs, times that |',
    '| --- | ---: | ---: |',
    '| KV of set_header, written | 100 (50 to 200) | 1.50 (1.00 to 4.00) |',
    '| KV of set_header, read | 10 (10 to 10) |  |',
  ])
})

test('replaceTable: puts rows where the table of messages was', () => {
  const page = 'before\n| a | b |\n\n| message | old |\n| --- |\n| old |\n\nafter\n| c |\n'
  assert.is(
    replaceTable(page, ['| message | new |', '| new |']),
    'before\n| a | b |\n\n| message | new |\n| new |\n\nafter\n| c |\n',
  )
})

test('architecture.md: has the table of the newest results', () => {
  const folder = join('bench', 'results', 'codecs')
  const newest = readdirSync(folder).sort().at(-1) ?? ''
  const results: Results = JSON.parse(readFileSync(join(folder, newest), 'utf8'))
  const page = readFileSync(join('docs', 'architecture.md'), 'utf8')
  assert.is(replaceTable(page, tableOf(results)), page)
})

test.run()
