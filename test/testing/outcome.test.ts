import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createWorld, type World } from '../../src/fake-kong/world.ts'
import { outcomeOf } from '../../src/testing/outcome.ts'

// jest gives modules a realm of their own, and what structuredClone makes there is of another.
const foreign = runInNewContext(`({
  log: [{ level: 'notice', parts: ['a', 1] }],
  ctx: { shared: { list: [1, { deep: [] }] }, nginx: { own: {}, KONG_PHASE: 1 } },
  consumer: { id: 'c', tags: ['t'] },
  credential: { id: 'd' },
})`) as Partial<World>

test('outcome: each of its arrays and objects is of the realm of the test', () => {
  const world: World = { ...createWorld(), ...foreign }
  const recording = { calls: [], events: [], upstream: undefined, target: undefined }
  const { logs, ctx, consumer, credential } = outcomeOf(world, recording, 'answered', [])
  const parts = { logs, ctx, consumer, credential }
  assert.equal(parts, {
    logs: [{ level: 'notice', text: 'a1', by: 'plugin' }],
    ctx: { shared: { list: [1, { deep: [] }] }, nginx: { own: {} } },
    consumer: { id: 'c', tags: ['t'] },
    credential: { id: 'd' },
  })
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    assert.is(Object.getPrototypeOf(value), Array.isArray(value) ? Array.prototype : Object.prototype)
    for (const member of Object.values(value)) visit(member)
  }
  visit(parts)
})

test.run()
