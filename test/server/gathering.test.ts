import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Gathering } from '../../src/server/metrics/gathering.ts'
import { counter, type Metric } from '../../src/server/metrics/metric.ts'

const counted = (value: number): Metric[] => [counter('a_total', 'A', [{ value, labels: {} }])]
const sumOf = (all: readonly (readonly Metric[])[]) =>
  all.flat().reduce((sum, { values }) => sum + (values[0]?.value ?? 0), 0)

/** Workers that answer when they are told to. */
function gather(count: number) {
  const asked: number[] = []
  const workers = Array.from({ length: count }, () => ({
    send: ({ scrape }: { scrape: number }) => void asked.push(scrape),
  }))
  return { workers, asked, gathering: new Gathering(() => workers) }
}

test('Gathering.scrape keeps what a worker had counted that has ended, once', async () => {
  const { workers, gathering } = gather(2)
  const [first, second] = workers as [(typeof workers)[0], (typeof workers)[0]]
  const scraped = gathering.scrape()
  gathering.measured(first, 1, counted(3))
  gathering.measured(second, 1, counted(4))
  assert.is(sumOf(await scraped), 7)
  const next = gathering.scrape()
  gathering.measured(second, 2, counted(5))
  workers.shift()
  gathering.ended(first)
  assert.is(sumOf(await next), 8)
  // A word of it that was still under way is not counted beside what is kept.
  gathering.measured(first, 2, counted(3))
  const last = gathering.scrape()
  gathering.measured(second, 3, counted(6))
  assert.is(sumOf(await last), 9)
})

test('Gathering.scrape takes the last word of a worker that does not answer', async () => {
  const { workers, asked, gathering } = gather(1)
  const [worker] = workers as [(typeof workers)[0]]
  gathering.refresh()
  gathering.measured(worker, 0, counted(3))
  assert.is(sumOf(await gathering.scrape()), 3)
  assert.equal(asked, [0, 1])
})

test.run()
