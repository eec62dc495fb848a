import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordedHandler, RecordedSent } from '../../src/dev/inspector/record.ts'
import { listErrors, listFields } from '../../src/dev/page/field-help.ts'
import { everything, passes } from '../../src/dev/page/filter.ts'
import { portableHeaders, readHeaders, writeHeaders } from '../../src/dev/page/header-lines.ts'
import { addressOf, readPlace } from '../../src/dev/page/place.ts'
import { formatDuration, formatSize, visible } from '../../src/dev/page/text.ts'
import { barOf, listRows, listTicks, listTrips, spanOf } from '../../src/dev/page/timeline.ts'
import { plain, summaryOf } from './support/page-records.ts'

test('readHeaders: takes one header a line, with colons in the value', () => {
  assert.equal(readHeaders('host: a:80\n\nx-empty:\r\nX-Two:  b '), {
    ok: true,
    headers: [
      ['host', 'a:80'],
      ['x-empty', ''],
      ['X-Two', 'b'],
    ],
  })
})

test('readHeaders: names the line that is none', () => {
  const read = readHeaders('host: a\nnonsense')
  assert.equal(read, { ok: false, line: 2, reason: 'has no colon: write it as name: value' })
  assert.is(readHeaders('a b: c').ok, false)
  assert.is(readHeaders(': c').ok, false)
})

test('writeHeaders: is what readHeaders reads, without the headers of the connection', () => {
  const headers = [
    ['host', 'a'],
    ['Connection', 'close'],
    ['x', 'y'],
  ] as const
  assert.is(writeHeaders(portableHeaders(headers)), 'host: a\nx: y')
})

test('readPlace: reads what addressOf wrote', () => {
  assert.is(addressOf({ view: 'requests', id: 12, tab: 'timeline' }), '#/requests/12')
  assert.is(addressOf({ view: 'requests', id: 12, tab: 'log' }), '#/requests/12/log')
  assert.is(addressOf({ view: 'plugins', id: 'a/b' }), '#/plugins/a%2Fb')
  assert.equal(readPlace('#/requests/12/log'), { view: 'requests', id: 12, tab: 'log' })
  assert.equal(readPlace('#/plugins/a%2Fb'), { view: 'plugins', id: 'a/b' })
  assert.equal(readPlace('#/send/7'), { view: 'send', from: 7 })
  assert.equal(readPlace('#/send'), { view: 'send' })
})

test('readPlace: leads to the list from an address that is none', () => {
  for (const hash of ['', '#', '#/nothing', '#/requests/x', '#/requests/-1/%'])
    assert.equal(readPlace(hash), { view: 'requests', tab: 'timeline' }, hash)
  assert.equal(readPlace('#/plugins/%'), { view: 'plugins', id: '%' })
})

test('passes: wants all words, in any case, and the class of the status', () => {
  const request = summaryOf(plain(1, { method: 'POST', url: '/Orders', status: 404, consumer: 'alice' }))
  assert.ok(passes(request, everything))
  assert.ok(passes(request, { text: 'ALICE orders 404', status: '4xx' }))
  assert.not(passes(request, { text: 'alice bob', status: 'all' }))
  assert.not(passes(request, { text: '', status: '5xx' }))
  assert.not(passes(request, { text: '', status: 'failed' }))
  assert.ok(passes({ ...request, failed: true }, { text: '', status: 'failed' }))
  assert.ok(passes({ ...request, state: 'running' }, { text: '', status: 'running' }))
})

test('listFields: gives records and elements their paths', () => {
  const fields = [
    { name: { type: 'string', required: true, default: 'x', one_of: ['x', 'y'], description: 'Who.' } },
    { list: { type: 'array', elements: { type: 'record', fields: [{ size: { type: 'integer' } }] } } },
    { map: { type: 'map', keys: { type: 'string' }, values: { type: 'number' } } },
  ]
  assert.equal(listFields(fields), [
    {
      path: 'name',
      type: 'string',
      isRequired: true,
      default: 'x',
      oneOf: ['x', 'y'],
      description: 'Who.',
    },
    { path: 'list', type: 'array of record', isRequired: false },
    { path: 'list.size', type: 'integer', isRequired: false },
    { path: 'map', type: 'map of string to number', isRequired: false },
  ])
  assert.equal(listFields([null, 7, { odd: null }]), [{ path: 'odd', type: 'any', isRequired: false }])
})

test("listErrors: gives a row for each of the Admin API's sentences", () => {
  const errors = {
    config: { name: 'expected a string', list: [null, { size: 'expected an integer' }], '@entity': ['both'] },
    protocols: 'unknown',
  }
  assert.equal(listErrors(errors), [
    { path: 'name', message: 'expected a string' },
    { path: 'list[2].size', message: 'expected an integer' },
    { path: '', message: 'both' },
    { path: 'protocols', message: 'unknown' },
  ])
  assert.equal(listErrors('crashed'), [{ path: '', message: 'crashed' }])
})

test('listTrips: joins calls of one round trip', () => {
  const call = (method: string, trip: number) => ({ method, args: [], at: 0, took: 0, trip })
  const trips = listTrips([call('a', 4), call('b', 5), call('c', 5), call('d', 6)])
  assert.equal(
    trips.map(({ calls }) => calls.map(({ method }) => method)),
    [['a'], ['b', 'c'], ['d']],
  )
})

test('listRows: puts the service between the handlers that began before it and those behind', () => {
  const handler = (phase: string, at: number) => ({ phase, at }) as RecordedHandler
  const handlers = [handler('rewrite', 1), handler('access', 2), handler('log', 9)]
  const kinds = (at: number) =>
    listRows({ handlers, sent: { at } as RecordedSent }).map((row) =>
      row.kind === 'service' ? 'service' : row.handler.phase,
    )
  assert.equal(kinds(5), ['rewrite', 'access', 'service', 'log'])
  assert.equal(kinds(10), ['rewrite', 'access', 'log', 'service'])
  assert.is(listRows({ handlers }).length, 3)
})

test('spanOf: reaches to the last handler, also after the response', () => {
  const handler = { plugin: 'p', phase: 'log', release: 1, end: 'returned', calls: [] } as const
  assert.is(spanOf({ duration: 5, handlers: [{ ...handler, at: 6, took: 3 }], logs: [] }), 9)
  assert.is(spanOf({ duration: 5, handlers: [{ ...handler, at: 2, took: undefined }], logs: [] }), 5)
})

test('barOf: stays on the scale', () => {
  assert.equal(barOf(5, 2, 20), { from: 0.25, width: 0.1 })
  assert.equal(barOf(15, undefined, 20), { from: 0.75, width: 0.25 })
  assert.equal(barOf(30, 5, 20), { from: 1, width: 0 })
})

test('listTicks: gives round times', () => {
  assert.equal(listTicks(18.4), [0, 5, 10, 15])
  assert.equal(listTicks(1000), [0, 500, 1000])
})

test('visible: shows signs that have no shape, and leaves lines and tabs', () => {
  assert.is(visible('a\u202eb\u0007\u007f\tc\n'), 'a\\u202eb\u2407\u2421\tc\n')
})

test('formatDuration, formatSize: choose the unit', () => {
  assert.equal([0.4, 42, 420, 4200].map(formatDuration), ['0.40 ms', '42.0 ms', '420 ms', '4.20 s'])
  assert.equal([1, 12, 64_000, 2_500_000].map(formatSize), ['1 byte', '12 bytes', '64.0 kB', '2.5 MB'])
})

test.run()
