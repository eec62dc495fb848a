import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Peer } from '../../bench/peers/peer.ts'
import { startServer } from '../../bench/report/measure.ts'
import { settingsOf } from '../../bench/report/plan.ts'
import { readNewest } from '../../bench/report/results.ts'
import { spread } from '../../bench/report/statistics.ts'
import { describeRows, writeResults } from '../../bench/report/write.ts'
import { results } from './fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'kong-ts-bench-test-'))
const setting = { dialect: 'ProtoBuf:1', handler: 'hello', connections: 16 } as const

test.after(() => rmSync(folder, { recursive: true, force: true }))

test('spread: sorts numbers as numbers, and halves the middle of an even count', () => {
  assert.equal(spread([100, 9, 20]), { median: 20, min: 9, max: 100 })
  assert.equal(spread([4, 1, 2, 100]), { median: 3, min: 1, max: 100 })
  assert.equal(spread([7]), { median: 7, min: 7, max: 7 })
})

test('writeResults: one file for each day and kind, of which readNewest finds the last', async () => {
  const own = mkdtempSync(join(folder, 'written-'))
  assert.is(readNewest(own), undefined)
  await writeResults(own, { ...results, date: '2026-03-05T00:00:00.000Z', kind: 'quick' })
  await writeResults(own, results)
  await writeResults(own, { ...results, date: '2026-03-04T23:00:00.000Z' })
  assert.equal(readdirSync(own).sort(), ['2026-03-04.json', '2026-03-05-quick.json'])
  assert.is(readNewest(own)?.date, '2026-03-05T00:00:00.000Z')
  const text = readFileSync(join(own, '2026-03-04.json'), 'utf8')
  const { rows, ...written } = JSON.parse(text)
  assert.equal(written, { ...results, date: '2026-03-04T23:00:00.000Z' })
  assert.equal(rows[0], {
    work: '`hello`, ProtoBuf, 16 connections, events/s',
    against: 'go-pdk',
    wanted: 'at least 2.2',
    measured: { median: 3, min: 2, max: 4 },
    reached: 'yes',
  })
})

test('describeRows: a line for each row', () => {
  const lines = describeRows(results).split('\n')
  assert.is(lines.length, 14)
  assert.match(lines[0]!, /^hello, ProtoBuf, 16 connections, events\/s against go-pdk +at least 2\.2 +3\.00/)
})

test('settingsOf: every dialect of every server that has the handler, or of those that the scene names', () => {
  const peers = [
    peerOf('ours', { dialects: ['ProtoBuf:1', 'MsgPack:1'] }),
    peerOf('other', { dialects: ['MsgPack:1'] }),
    peerOf('missing', { handlers: [], skip: 'it is not here' }),
  ]
  const names = (scene: Parameters<typeof settingsOf>[0]) =>
    settingsOf(scene, peers).map(({ setting: { peer, dialect } }) => `${peer} ${dialect}`)
  assert.equal(names({ handler: 'hello', connections: 1 }), [
    'ours ProtoBuf:1',
    'ours MsgPack:1',
    'other MsgPack:1',
  ])
  assert.equal(names({ handler: 'hello', connections: 1, peers: ['other'] }), ['other MsgPack:1'])
  assert.equal(names({ handler: 'log', connections: 1 }), [])
})

test('startServer: says the last words of a server that ends before it listens, and leaves nothing', async () => {
  const own = mkdtempSync(join(folder, 'ending-'))
  const peer = peerOf('broken', {
    start: (_handler, _dialect, prefix) => ({
      command: process.execPath,
      args: ['-e', 'console.error("no such flag"); process.exit(3)'],
      env: {},
      socket: join(prefix, 'socket'),
    }),
  })
  const started = startServer({ client: '', folder: own, peer, setting: { peer: 'broken', ...setting } })
  const message = await messageOf(started)
  assert.match(message, /did not listen.*no such flag$/)
  assert.equal(readdirSync(own), [])
})

test('startServer: says so where there is no such program', async () => {
  const own = mkdtempSync(join(folder, 'missing-'))
  const peer = peerOf('missing', {
    start: (_handler, _dialect, prefix) => ({
      command: join(prefix, 'nothing'),
      args: [],
      env: {},
      socket: join(prefix, 'socket'),
    }),
  })
  const started = startServer({ client: '', folder: own, peer, setting: { peer: 'missing', ...setting } })
  const message = await messageOf(started)
  assert.match(message, 'did not listen')
  assert.equal(readdirSync(own), [])
})

function messageOf(refused: Promise<unknown>): Promise<string> {
  return refused.then(
    () => 'it was not refused',
    (error: Error) => error.message,
  )
}

function peerOf(name: string, own: Partial<Peer>): Peer {
  return {
    name,
    version: '1',
    dialects: ['ProtoBuf:1'],
    handlers: ['hello'],
    start() {
      throw new Error('nothing is started here')
    },
    ...own,
  }
}

test.run()
