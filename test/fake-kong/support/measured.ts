// What Kong measured during one recorded request, and every run has differently: a world is given it.
import type { Measured, Node, WorldInput } from '../../../src/fake-kong/world.ts'
import type { RecordedRequest } from './recorded.ts'

/** The functions that give what was measured: of their answers only the form can be held against Kong's. */
export const measuring: ReadonlySet<string> = new Set([
  'kong.client.get_port',
  'kong.client.get_forwarded_port',
  'kong.nginx.get_statistics',
  'kong.nginx.req_start_time',
  'kong.node.get_memory_stats',
  'kong.request.get_start_time',
])

/** A world with what was measured in it. */
export function withMeasures(world: WorldInput, { calls, client }: RecordedRequest): WorldInput {
  const answer = (method: string) => plainAnswer(calls.find((call) => call.method === method)?.result)
  const port = answer('kong.client.get_port') ?? answer('kong.client.get_forwarded_port')
  const seconds = answer('kong.nginx.req_start_time')
  const record = recordIn(answer('kong.log.serialize'))
  const startedAt =
    answer('kong.request.get_start_time') ??
    record?.started_at ??
    (seconds === undefined ? undefined : Math.round(Number(seconds) * 1000))
  const id = client.rawHeaders?.[client.rawHeaders.indexOf('X-Kong-Request-Id') + 1]
  const date = client.rawHeaders?.[client.rawHeaders.indexOf('Date') + 1]
  const statistics = answer('kong.nginx.get_statistics') as Node['statistics'] | undefined
  const memory = memoryIn(calls.filter(({ method }) => method === 'kong.node.get_memory_stats'))
  return {
    ...world,
    client: { ...world.client, ...(port !== undefined && { port, forwardedPort: port }) } as never,
    ...(startedAt !== undefined && { startedAt: startedAt as number }),
    ...(client.rawHeaders?.includes('X-Kong-Request-Id') && { requestId: id as string }),
    ...(record !== undefined && { measured: measuredIn(record) }),
    node: { ...world.node, ...(statistics && { statistics }), ...(memory && { memory }) },
    upstream: {
      ...world.upstream,
      response: {
        ...world.upstream?.response,
        headers: {
          ...world.upstream?.response?.headers,
          date: date ?? [],
          ...(typeof client.body === 'string' && {
            'content-length': String(Buffer.byteLength(client.body)),
          }),
        },
        ...(typeof client.body === 'string' && { body: client.body }),
      },
    },
  }
}

interface LogRecord {
  readonly started_at: number
  readonly latencies: Measured['latencies']
  readonly tries: Measured['tries']
  readonly request: { readonly size: number }
  readonly response: { readonly size: number }
}

function recordIn(text: unknown): LogRecord | undefined {
  return typeof text === 'string' ? (JSON.parse(text) as LogRecord) : undefined
}

function measuredIn({ latencies, tries, request, response }: LogRecord): Partial<Measured> {
  return { latencies, tries, requestSize: request.size, responseSize: response.size }
}

interface Stats {
  readonly lua_shared_dicts: Record<string, { capacity: number | string; allocated_slabs: number | string }>
  readonly workers_lua_vms: { pid: number; http_allocated_gc: number | string }[]
}

function memoryIn(calls: readonly { readonly result: unknown }[]): Node['memory'] | undefined {
  const stats = calls[0]?.result as Stats | undefined
  if (stats === undefined) return undefined
  const dicts = Object.entries(stats.lua_shared_dicts).map(([name, { capacity, allocated_slabs }]) => [
    name,
    { capacity: bytesIn(capacity), allocated: bytesIn(allocated_slabs) },
  ])
  return {
    dicts: Object.fromEntries(dicts),
    workers: stats.workers_lua_vms.map((worker) => ({
      pid: worker.pid,
      bytes: bytesIn(worker.http_allocated_gc),
    })),
  }
}

function bytesIn(size: number | string): number {
  return typeof size === 'number' ? size : Number.parseFloat(size) * 1024
}

/** ProtoBuf:1's results are messages with one member. */
function plainAnswer(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'v' in result ? result.v : result
}
