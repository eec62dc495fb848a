import type { Peer } from '../peers/peer.ts'
import { type Server, startServer } from '../report/measure.ts'
import { type Plan, type Scene, settingsOf } from '../report/plan.ts'
import type { Sample, Series, Setting } from '../report/results.ts'

export interface Place {
  readonly client: string
  readonly folder: string
}

/** The servers take turns, so that what else the machine does falls on all of them. */
export async function playScene(
  scene: Scene,
  plan: Plan,
  peers: readonly Peer[],
  place: Place,
): Promise<Series[]> {
  const { rounds = plan.rounds } = scene
  const playing: { name: string; server: Server; samples: Sample[] }[] = []
  const series: Series[] = []
  try {
    for (const { peer, setting } of settingsOf(scene, peers)) {
      const name = nameOf(setting)
      const samples: Sample[] = []
      series.push({ ...setting, ...(scene.rounds !== undefined && { rounds }), samples })
      try {
        playing.push({ name, samples, server: await startServer({ ...place, peer, setting }) })
      } catch (error) {
        console.error(`${name} could not be started: ${(error as Error).message}`)
      }
    }
    for (let round = 1; round <= rounds; round++)
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

/** What a scene cannot show with these servers, said where it would be looked for. */
export function missingOf(scenes: readonly Scene[], peers: readonly Peer[]): string[] {
  const lacking = peers.filter(({ name, hasWorkers }) => name === 'kong-ts-pdk' && hasWorkers !== true)
  return scenes.some(({ workers }) => workers !== undefined)
    ? lacking.map(
        ({ name }) => `${name} does not know \`-workers\` yet, so two workers are not compared with one.`,
      )
    : []
}

function nameOf({ handler, connections, peer, dialect, workers, instances, body }: Setting): string {
  return [
    ...[handler, `${connections} connections`, peer, dialect],
    ...(workers === undefined ? [] : [`${workers} workers`]),
    ...(instances === undefined ? [] : [`${instances} instances`]),
    ...(body === undefined ? [] : [`${body} bytes`]),
  ].join(', ')
}
