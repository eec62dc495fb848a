// `make bench`: drives our server and the others side by side, and writes bench/results, its charts, and
// docs/performance.md. `node --import ./build/load-typescript.mjs bench/run.ts [full|quick|page] [folder]`; `page` only
// writes the page again from the newest results, and a folder keeps what was built for the next time.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../build/folder.ts'
import { findTarget, hostPlatform } from '../build/targets.ts'
import { version } from '../src/version.ts'
import { buildClient } from './client/build.ts'
import { buildPeers, type Peer } from './peers/build.ts'
import { describeMachine, kernelVersion } from './report/machine.ts'
import { type Server, startServer } from './report/measure.ts'
import { type Plan, plans, type Scene, settingsOf } from './report/plan.ts'
import { type Results, readNewest, type Sample, type Series } from './report/results.ts'
import { describeRows, writeReport, writeResults } from './report/write.ts'

const [kind = 'full', given] = process.argv.slice(2)
const output = join(import.meta.dirname, 'results')
const page = join(import.meta.dirname, '..', 'docs', 'performance.md')

if (kind === 'page') {
  const newest = readNewest(output)
  if (newest === undefined) throw new Error(`There are no results in ${output}: run make bench first`)
  await writeReport(newest, output, page)
} else if (kind === 'full' || kind === 'quick') {
  const results = await run(kind)
  console.log(describeRows(results))
  const file = await writeResults(output, results)
  await writeReport(results, output, page)
  console.log(`Written: ${file}, the charts beside it, and ${page}`)
} else throw new Error(`Cannot run "${kind}": say full, quick or page`)

async function run(kind: 'full' | 'quick'): Promise<Results> {
  const began = new Date()
  const machine = describeMachine()
  const plan = plans[kind]
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'kong-ts-bench-')))
  try {
    await makeFolder(folder)
    const client = await buildClient(folder)
    const handlers = [...new Set(plan.scenes.map(({ handler }) => handler))]
    const peers = await buildPeers(folder, handlers)
    for (const { skip } of peers) if (skip !== undefined) console.error(skip)
    const series: Series[] = []
    for (const scene of plan.scenes) series.push(...(await play(scene, plan, peers, { client, folder })))
    const { rounds, seconds, warmup } = plan
    const { version: node } = findTarget(hostPlatform())
    return {
      schema: 1,
      date: began.toISOString(),
      kind,
      machine,
      versions: { kit: version, node, kernel: kernelVersion() },
      settings: { rounds, seconds, warmup },
      peers: peers.map(describePeer),
      series,
    }
  } finally {
    if (given === undefined) await rm(folder, { recursive: true, force: true })
  }
}

interface Place {
  readonly client: string
  readonly folder: string
}

/** The servers take turns, so that what else the machine does falls on all of them. */
async function play(scene: Scene, plan: Plan, peers: readonly Peer[], place: Place): Promise<Series[]> {
  const playing: { name: string; server: Server; samples: Sample[] }[] = []
  const series: Series[] = []
  try {
    for (const { peer, setting } of settingsOf(scene, peers)) {
      const name = `${setting.handler}, ${setting.connections} connections, ${peer.name}, ${setting.dialect}`
      const samples: Sample[] = []
      series.push({ ...setting, samples })
      try {
        playing.push({ name, samples, server: await startServer({ ...place, peer, setting }) })
      } catch (error) {
        console.error(`${name} could not be started: ${(error as Error).message}`)
      }
    }
    for (let round = 1; round <= plan.rounds; round++)
      for (const { name, server, samples } of playing) {
        try {
          const warmup = round === 1 ? plan.warmup.first : plan.warmup.each
          const sample = await server.measure(plan.seconds, warmup)
          samples.push({ round, ...sample })
          console.error(`${name}, round ${round}: ${Math.round(sample.eventsPerSecond)} events/s`)
        } catch (error) {
          console.error(`${name}, round ${round} was not measured: ${(error as Error).message}`)
        }
      }
  } finally {
    await Promise.all(playing.map(({ server }) => server.close()))
  }
  return series
}

/** Why a peer is missing, without the last words of its tools, which can hold paths of the machine. */
function describePeer({ name, version, skip }: Peer): Results['peers'][number] {
  return skip === undefined ? { name, version } : { name, version, skip: skip.replace(/\): .*$/s, ')') }
}
