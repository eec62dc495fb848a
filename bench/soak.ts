// `make bench-soak MINUTES=30`: the memory of one server under full load, and at rest behind it. Writes a file of
// bench/results and the page: `node --import ./build/load-typescript.mjs bench/soak.ts [minutes] [folder]`. With a
// folder the file goes there, and with less than 30 minutes to dist/bench; the page stays as it is then.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../build/folder.ts'
import { findTarget, hostPlatform } from '../build/targets.ts'
import { version } from '../src/version.ts'
import { buildClient } from './client/build.ts'
import { soak } from './parts/soak.ts'
import { buildOurs } from './peers/ours.ts'
import { failPlainly } from './plain-failure.ts'
import { describeMachine, kernelVersion } from './report/machine.ts'
import { readNewest } from './report/results.ts'
import { judgeSoak, readNewestSoak, type Soak } from './report/soak.ts'
import { writeReport, writeSoak } from './report/write.ts'

failPlainly()
const [given = '30', folder] = process.argv.slice(2)
const minutes = Number(given)
if (!(minutes > 0))
  throw new Error(`Cannot drive a server for ${JSON.stringify(given)} minutes: say a number such as 30`)
const results = join(import.meta.dirname, 'results')
const page = join(import.meta.dirname, '..', 'docs', 'performance.md')
const output = folder ?? (minutes < 30 ? join(import.meta.dirname, '..', 'dist', 'bench') : undefined)

const found = await run(minutes * 60)
const { measured, reached, note } = judgeSoak(found)
console.log(
  `memory at the end against ${Math.min(60, minutes * 30)} s: ${measured?.median.toFixed(2)} (${note ?? reached})`,
)
await makeFolder(output ?? results)
console.log(`Written: ${await writeSoak(output ?? results, found)}`)
const newest = output === undefined ? readNewest(results) : undefined
if (newest !== undefined) await writeReport({ results: newest, soak: readNewestSoak(results) }, results, page)

async function run(seconds: number): Promise<Soak> {
  const folder = await mkdtemp(join(tmpdir(), 'kong-ts-soak-'))
  try {
    const date = new Date().toISOString()
    const machine = describeMachine()
    const setting = {
      peer: 'kong-ts-pdk',
      dialect: 'ProtoBuf:1',
      handler: 'rich',
      connections: 16,
      instances: 8,
    } as const
    const client = await buildClient(folder)
    const peer = await buildOurs({
      folder,
      handlers: [setting.handler],
      progress: { report: console.error, step() {} },
    })
    const [rest, every] = [Math.min(30, seconds / 2), Math.min(10, seconds / 6)]
    const reconfigure = Math.min(5, seconds / 6)
    console.error(`Driving ${setting.handler} for ${seconds} s, then ${rest} s of rest`)
    const { counted, samples } = await soak({
      client,
      folder,
      peer,
      setting,
      seconds,
      rest,
      every,
      reconfigure,
    })
    const { events, failures, restarts, reconfigurations, eventsPerSecond, clientCpuShare } = counted
    const { version: node } = findTarget(hostPlatform())
    return {
      ...{ schema: 1, date, machine, versions: { kit: version, node, kernel: kernelVersion() } },
      ...{ setting, seconds, rest, reconfigure, reconfigurations },
      ...{ events, failures, restarts, eventsPerSecond, clientCpuShare, samples },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
