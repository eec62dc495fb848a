import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { definePlugin, type EndedEvent, type Kong } from '../../src/index.ts'
import { adaptGoShape } from '../../src/plugin/go-shape.ts'
import { run, start } from '../../src/testing/index.ts'

/** A run of an access handler, and what its hook heard. */
async function heard(
  access: (kong: Kong<'access'>) => unknown,
  options: { timeLimit?: number; onError?: 'continue' } = {},
) {
  const ended: EndedEvent[] = []
  const plugin = definePlugin({
    version: '1.0.0',
    ...options,
    init: () => ({ made: 'by init' }),
    access,
    onEvent(event, state) {
      assert.equal(state, { made: 'by init' })
      ended.push(event)
    },
  })
  const before = Date.now()
  const { response } = await run(plugin, { level: 'wire', request: { headers: { host: 'a' } } })
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(ended.length, 1)
  const [event] = ended as [EndedEvent]
  assert.ok(event.startedAt >= before - 1000 && event.startedAt <= Date.now() + 1000)
  assert.ok(event.duration >= 0 && event.instance > 0)
  assert.is(event.phase, 'access')
  return { event, status: response.status }
}

test('onEvent: hears of an event that is over, with its calls and round trips', async () => {
  const seen: object[] = []
  const { event } = await heard(async (kong) => {
    seen.push(kong)
    await Promise.all([kong.request.getHeader('host'), kong.request.getMethod()])
    await kong.request.getPath()
    kong.response.setHeader('x-a', 'b')
  })
  assert.is(event.outcome, 'ok')
  assert.equal(event.calls, [
    'kong.request.get_header',
    'kong.request.get_method',
    'kong.request.get_path',
    'kong.response.set_header',
  ])
  assert.is(event.roundTrips, 2)
  assert.is(event.kong, seen[0])
})

test('onEvent: tells how an event ended', async () => {
  const exit = await heard((kong) => kong.response.exit(204))
  assert.equal([exit.event.outcome, exit.event.calls, exit.status], ['exit', ['kong.response.exit'], 204])
  const fails = () => {
    throw new Error('no')
  }
  const closed = await heard(fails)
  assert.equal([closed.event.outcome, closed.status], ['failed_closed', 500])
  assert.equal(closed.event.calls, ['kong.log.err', 'kong.response.exit'])
  const open = await heard(fails, { onError: 'continue' })
  assert.equal([open.event.outcome, open.status], ['failed_open', 200])
  const late = await heard(() => new Promise(() => undefined), { timeLimit: 30 })
  assert.equal([late.event.outcome, late.status], ['timed_out', 500])
})

test('onEvent: tells why an event failed, as the log does, and nothing of one that did not', async () => {
  const error = new Error('no', { cause: 'nothing there' })
  const failed = await heard(() => Promise.reject(error))
  assert.is(failed.event.failure?.error, error)
  const stack = failed.event.failure?.stack ?? ''
  assert.match(stack, /^Error: no\n +at .*on-event\.test\.ts/)
  assert.ok(stack.endsWith('\ncaused by "nothing there"'), stack)
  const thrown = await heard(() => Promise.reject('a word'), { onError: 'continue' })
  assert.equal(thrown.event.failure, { error: 'a word', stack: '"a word"' })
  const late = await heard(() => new Promise(() => undefined), { timeLimit: 30 })
  const { error: tooLate } = late.event.failure ?? {}
  assert.is(tooLate instanceof KongPluginError && tooLate.code, 'HANDLER_TIMEOUT')
  for (const { event } of [await heard(() => undefined), await heard((kong) => kong.response.exit(204))])
    assert.is(event.failure, undefined)
})

test('onEvent: hears why init failed, of an event that no handler has seen', async () => {
  const ended: EndedEvent[] = []
  const error = new Error('no')
  const init = () => Promise.reject(error)
  const plugin = definePlugin({ version: '1.0.0', init, access() {}, onEvent: (event) => ended.push(event) })
  const { response } = await run(plugin, { level: 'wire' })
  assert.is(response.status, 500)
  const [{ outcome, failure, kong } = {}] = ended as Partial<EndedEvent>[]
  assert.equal([outcome, failure?.error, kong], ['failed_closed', error, undefined])
})

test('onEvent: is called for the last event of an instance before close is', async () => {
  const order: string[] = []
  const plugin = definePlugin({
    version: '1.0.0',
    init: () => 'state',
    close: () => order.push('close'),
    access: () => new Promise((resolve) => setTimeout(resolve, 20)),
    onEvent: () => order.push('onEvent'),
  })
  for (const level of ['memory', 'wire'] as const) {
    const server = await start(plugin, { level })
    await server.run()
    await server.close()
    assert.equal(order.splice(0), ['onEvent', 'close'], level)
  }
})

test('onEvent: what it throws or rejects with is one line of the log, and no request notices', async () => {
  for (const onEvent of [
    () => {
      throw new Error('the hook is broken')
    },
    () => Promise.reject(new Error('the hook is broken')),
  ]) {
    const plugin = definePlugin({ version: '1.0.0', access() {}, onEvent })
    const { response, output } = await run(plugin, { level: 'wire' })
    assert.is(response.status, 200)
    assert.match(String(output), /onEvent of \S+ access \(instance \d+\) failed: Error: the hook is broken/)
  }
})

test('onEvent: is an option of the Go shape too, and has to be a function', () => {
  const onEvent = () => undefined
  class Config {
    access() {}
  }
  assert.is(adaptGoShape(() => new Config(), '1.0.0', 1, { onEvent }).onEvent, onEvent)
  assert.throws(
    () => definePlugin({ version: '1.0.0', access() {}, onEvent: 'no' as unknown as () => void }),
    /onEvent of a plugin: it must be a function/,
  )
})

test.run()
