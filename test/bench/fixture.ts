import type { Results, Sample, Series } from '../../bench/report/results.ts'

const settings = { rounds: 3, seconds: 2, warmup: { first: 1, each: 0.5 } }

/** A run with round numbers: three rounds, of which one server missed the second, and a kit that is not here. */
export const results: Results = {
  schema: 1,
  date: '2026-03-04T05:06:07.000Z',
  kind: 'full',
  machine: {
    cores: 4,
    model: 'Test CPU',
    memoryGigabytes: 8,
    platform: 'linux-x64',
    loadPerCore: 0.25,
  },
  versions: { kit: '0.1.0', node: '24.1.0', kernel: '6.1.2' },
  settings,
  peers: [
    { name: 'kong-ts-pdk', version: '0.1.0, Node 24.1.0' },
    { name: 'go-pdk', version: 'v0.11.2, go1.26.8' },
    { name: 'kong-pdk', version: '0.6.0, Node 24.1.0' },
    {
      name: 'kong-python-pdk',
      version: '',
      skip: 'kong-python-pdk is left out, as it could not be built (it needs Python)',
    },
    { name: 'floor', version: 'C' },
  ],
  series: [
    series('kong-ts-pdk', 'ProtoBuf:1', [
      sample(1, 60_000, 10),
      sample(2, 40_000, 20),
      sample(3, 50_000, 15),
    ]),
    series('kong-ts-pdk', 'MsgPack:1', [sample(1, 30_000, 30), sample(2, 20_000, 40), sample(3, 25_000, 35)]),
    series('go-pdk', 'ProtoBuf:1', [sample(1, 20_000, 40), sample(2, 10_000, 40), sample(3, 25_000, 60)]),
    series('kong-pdk', 'MsgPack:1', [sample(1, 20_000, 50), { ...sample(3, 12_500, 70), failures: 7 }]),
    series('floor', 'ProtoBuf:1', [
      { ...sample(1, 100_000, 5), clientCpuShare: 0.99 },
      { ...sample(2, 100_000, 5), clientCpuShare: 0.96 },
      { ...sample(3, 125_000, 5), clientCpuShare: 0.5 },
    ]),
  ],
}

function series(peer: string, dialect: Series['dialect'], samples: readonly Sample[]): Series {
  return { peer, dialect, handler: 'hello', connections: 16, samples }
}

function sample(round: number, eventsPerSecond: number, cpuMicros: number): Sample {
  return {
    ...{ round, events: 1000, failures: 0, eventsPerSecond, p50: 250, p99: 1500, p999: 2000 },
    ...{ cpuMicros, clientCpuShare: 0.5 },
  }
}
