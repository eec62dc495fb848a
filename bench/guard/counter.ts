// Runs the hot paths in a Node whose compilers are off, so that the figures depend on the code alone, and prints them:
// `node --no-opt ... counter.cjs hot-paths.cjs`; measure.ts calls it.
import { readFileSync } from 'node:fs'
import { GCProfiler } from 'node:v8'
import type { createHotPaths, HotPath } from './hot-paths.ts'
import type { Figures } from './limits.ts'
import { StepCounter } from './steps.ts'

const [file = ''] = process.argv.slice(2)
const times = 1000
// Node takes small buffers from pools, and what is counted are whole pools: with small ones the count is finer.
Buffer.poolSize = 8192
const counter = new StepCounter(file, readFileSync(file, 'utf8'))

run().then(
  (figures) => process.stdout.write(JSON.stringify(figures), () => process.exit()),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)

async function run(): Promise<Record<string, Figures>> {
  // Not imported: what runs before the counter starts is not counted.
  const script: { createHotPaths: typeof createHotPaths } = require(file)
  const figures: Record<string, Figures> = {}
  for (const path of await script.createHotPaths()) figures[path.name] = await measure(path)
  return figures
}

async function measure(path: HotPath): Promise<Figures> {
  await path.run(times / 10)
  globalThis.gc?.()
  const collections = new GCProfiler()
  collections.start()
  counter.take()
  const written = path.writes()
  const before = process.memoryUsage()
  await path.run(times)
  const after = process.memoryUsage()
  const writes = path.writes() - written
  const steps = counter.take()
  if (collections.stop().statistics.length > 0)
    throw new Error(
      `Cannot tell what ${path.name} allocates: in ${times} times it is so much that memory was collected`,
    )
  if (steps === 0) throw new Error(`Cannot tell what ${path.name} does: V8 counted no step of it`)
  return {
    heap: Math.round((after.heapUsed - before.heapUsed) / times),
    buffers: Math.round((after.arrayBuffers - before.arrayBuffers) / times),
    steps: Math.round(steps / times),
    writes: writes / times,
  }
}
