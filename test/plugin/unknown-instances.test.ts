import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UnknownInstances } from '../../src/plugin/unknown-instances.ts'

const real = performance.now
let now = 0

test.before.each(() => {
  now = 1000
  performance.now = () => now
})
test.after.each(() => {
  performance.now = real
})

function ask(unknown: UnknownInstances, id: number, times: number, apart: number): boolean[] {
  return Array.from({ length: times }, () => {
    now += apart
    return unknown.insistsOn(id)
  })
}

test('UnknownInstances.insistsOn is true once an id was asked for without a pause for more than five seconds, and stays so', () => {
  const unknown = new UnknownInstances()
  assert.equal(ask(unknown, 7, 12, 500), [...Array(11).fill(false), true])
  assert.equal(ask(unknown, 7, 3, 60_000), [true, true, true])
})

test('UnknownInstances.insistsOn is false for a Kong that has started the instance again meanwhile', () => {
  const unknown = new UnknownInstances()
  // Many requests at one time, and some more a minute later.
  assert.not.ok(ask(unknown, 7, 1000, 1).includes(true))
  assert.not.ok(ask(unknown, 7, 50, 60_000).includes(true))
})

test('UnknownInstances.insistsOn tells ids apart, and forgets the oldest of very many', () => {
  const unknown = new UnknownInstances()
  assert.ok(ask(unknown, 7, 20, 500).includes(true))
  assert.not.ok(unknown.insistsOn(8))
  for (let id = 100; id < 100_100; id++) unknown.insistsOn(id)
  assert.not.ok(unknown.insistsOn(7))
})

test('UnknownInstances.insistsOn is true for each of thousands of ids that are asked for in turns', () => {
  const unknown = new UnknownInstances()
  const insisted = new Set<number>()
  // Two hundred configurations in each of sixteen workers of nginx.
  for (let round = 0; round < 12; round++) {
    now += 500
    for (let id = 0; id < 3200; id++) if (unknown.insistsOn(id)) insisted.add(id)
  }
  assert.is(insisted.size, 3200)
})

test.run()
