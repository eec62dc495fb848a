// `make bench`: drives our server and the others side by side, and writes bench/results, its charts, and
// docs/performance.md; `make bench-quick` writes to dist/bench alone. `node --import ./build/load-typescript.mjs bench/run.ts [full|quick|page] [folder]`; `page` only
// writes the page again from the newest results, and a folder keeps what was built for the next time.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../build/folder.ts'
import { findTarget, hostPlatform } from '../build/targets.ts'
import { version } from '../src/version.ts'
import { buildClient } from './client/build.ts'
import { measureBuilds } from './parts/builds.ts'
import { measureMemory } from './parts/memory.ts'
import { missingOf, type Place, playScene } from './parts/scene.ts'
import { buildBundle, measureSharing, shared } from './parts/sharing.ts'
import { buildEmpty, measureStarts, type Subject } from './parts/start.ts'
import { buildPeers, type Peer } from './peers/build.ts'
import { failPlainly } from './plain-failure.ts'
import { describeMachine, kernelVersion } from './report/machine.ts'
import { type Plan, plans } from './report/plan.ts'
import { type Results, readNewest, type Series } from './report/results.ts'
import { readNewestSoak } from './report/soak.ts'
import { describeRows, writeReport, writeResults } from './report/write.ts'

failPlainly()
const [kind = 'full', given] = process.argv.slice(2)
const output = join(import.meta.dirname, 'results')
const page = join(import.meta.dirname, '..', 'docs', 'performance.md')
/** What a quick run finds is for who runs it, and no figure of the page. */
const aside = join(import.meta.dirname, '..', 'dist', 'bench')

if (kind === 'page') {
  const results = readNewest(output)
  if (results === undefined) throw new Error(`There are no results in ${output}: run make bench first`)
  await writeReport({ results, soak: readNewestSoak(output) }, output, page)
} else if (kind === 'full' || kind === 'quick') {
  const results = await run(kind)
  const soak = readNewestSoak(output)
  console.log(describeRows(results, soak))
  if (kind === 'full') {
    const file = await writeResults(output, results, soak)
    await writeReport({ results, soak }, output, page)
    console.log(`Written: ${file}, the charts beside it, and ${page}`)
  } else {
    await makeFolder(aside)
    console.log(`Written: ${await writeResults(aside, results, soak)}`)
  }
} else throw new Error(`Cannot run "${kind}": say full, quick or page`)

async function run(kind: 'full' | 'quick'): Promise<Results> {
  const began = new Date()
  const machine = describeMachine()
  const plan = plans[kind]
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'kong-ts-bench-')))
  try {
    await makeFolder(folder)
    const client = await buildClient(folder)
    const handlers = [...new Set([...plan.scenes.map(({ handler }) => handler), ...shared])]
    const peers = await buildPeers(folder, handlers)
    const missing = missingOf(plan.scenes, peers)
    for (const { skip } of peers) if (skip !== undefined) console.error(skip)
    for (const note of missing) console.error(note)
    const single = await measureSingle(plan, peers, { client, folder })
    const series: Series[] = []
    for (const scene of plan.scenes) series.push(...(await playScene(scene, plan, peers, { client, folder })))
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
      ...single,
      notes: [...missing, ...(single.notes ?? [])],
      series,
    }
  } finally {
    if (given === undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** What needs no load from the client, first; a part that fails is named, and the others go on. */
async function measureSingle(
  plan: Plan,
  peers: readonly Peer[],
  { client, folder }: Place,
): Promise<Partial<Results>> {
  const ours = peers[0]!
  const notes: string[] = []
  return {
    ...(await attempt('starts', async () => measureStarts(await subjectsOf(peers, folder), plan.starts))),
    ...(await attempt('memory', () => measureMemory({ client, folder, peers, plan: plan.memory }))),
    ...(await attempt('sharing', async () => {
      const bundle = await buildBundle(join(folder, 'bundle'))
      return measureSharing({ bundle, ours, folder }, plan.sharing)
    })),
    ...(await attempt('builds', async () => plan.builds && measureBuilds(peers, folder, plan.builds.rounds))),
    notes,
  }

  async function attempt<Found>(name: 'starts' | 'memory' | 'sharing' | 'builds', run: () => Promise<Found>) {
    console.error(`measuring ${name}`)
    try {
      const found = await run()
      return found === undefined ? {} : { [name]: found }
    } catch (error) {
      console.error(`${name} could not be measured: ${(error as Error).message}`)
      notes.push(`The part "${name}" could not be measured.`)
      return {}
    }
  }
}

async function subjectsOf(peers: readonly Peer[], folder: string): Promise<Subject[]> {
  const able = peers.filter(({ handlers }) => handlers.includes('hello'))
  return [
    ...able
      .filter(({ name }) => ['kong-ts-pdk', 'go-pdk'].includes(name))
      .map((peer) => ({ name: peer.name, start: peer.start('hello', 'ProtoBuf:1', folder) })),
    { name: 'empty', start: { command: await buildEmpty(folder), args: [], env: {} } },
  ]
}

/** Why a peer is missing, without the last words of its tools, which can hold paths of the machine. */
function describePeer({ name, version, skip }: Peer): Results['peers'][number] {
  return skip === undefined ? { name, version } : { name, version, skip: skip.replace(/\): .*$/s, ')') }
}
