// What `-dump` costs beside what the same Node takes to start an empty single executable: `make bench`. Runs
// alternate, so that what else the machine does falls on both; only the ratio means something.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBlob, readSeaConfig } from '../build/blob.ts'
import { injectBlob } from '../build/inject.ts'
import { cacheFolder, fetchNode } from '../build/node-binary.ts'
import { findTarget, hostPlatform } from '../build/targets.ts'

const runs = 41
const platform = hostPlatform()
const hello = join('dist', platform, 'hello')
if (!existsSync(hello)) throw new Error(`There is no ${hello}: run make first`)

const folder = await mkdtemp(join(tmpdir(), 'kong-ts-bench-'))
try {
  const empty = await buildEmpty(folder)
  const times = { hello: [] as number[], empty: [] as number[] }
  for (let run = 0; run < runs; run++) {
    times.hello.push(time(hello))
    times.empty.push(time(empty))
  }
  const [dump, floor] = [median(times.hello), median(times.empty)]
  console.log(`hello -dump   ${show(times.hello)}`)
  console.log(`empty         ${show(times.empty)}`)
  console.log(`ratio         ${(dump / floor).toFixed(2)} (medians of ${runs} alternating runs)`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function buildEmpty(folder: string): Promise<string> {
  const target = findTarget(platform)
  const progress = { report: console.error, step() {} }
  const node = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress })
  const code = join(folder, 'empty.cjs')
  const map = join(folder, 'plugin.map')
  await writeFile(code, '')
  await writeFile(map, '{}')
  const config = await readSeaConfig(target, true)
  const manifest = {
    kit: '',
    node: target.version,
    platform,
    name: 'empty',
    plugins: [],
    packages: [],
    addons: [],
  }
  const flags = { execArgv: config.execArgv, codeCache: true, stripped: true }
  const bundle = { code, map, packages: [], addons: [], wasm: [], warnings: [] }
  const blob = await createBlob({ maker: node, bundle, config, manifest: { ...manifest, flags } })
  const binary = join(folder, 'empty')
  await injectBlob(node, blob, binary, target)
  return binary
}

/** Milliseconds from start to exit. */
function time(binary: string): number {
  const started = performance.now()
  const { status } = spawnSync(binary, ['-dump'], { stdio: 'ignore', env: {} })
  if (status !== 0) throw new Error(`${binary} -dump ended with ${status}`)
  return performance.now() - started
}

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1]!
}

function show(times: number[]): string {
  return `median ${median(times).toFixed(1)} ms, ${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}`
}
