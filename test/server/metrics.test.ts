import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildClient } from '../../bench/client/build.ts'
import { drive } from '../../bench/client/drive.ts'
import { bundlePlugins } from '../../build/bundle.ts'
import { hostPlatform } from '../../build/targets.ts'
import { MsgpackPeer } from './support/msgpack-peer.ts'
import { bundle, newFolder, run, serve, stopAll, until } from './support/program.ts'
import { ProtobufPeer } from './support/protobuf-peer.ts'

const work = await bundle('work.ts')
const crew = await bundle('crew.ts', 'crew')

/** GET over a socket, or of a whole address. */
function get(place: string, path = '/metrics', method = 'GET'): Promise<{ status: number; text: string }> {
  const { hostname, port } = place.startsWith('http') ? new URL(place) : { hostname: '', port: '' }
  const where = port === '' ? { socketPath: place } : { hostname, port }
  return new Promise((resolve, reject) => {
    request({ ...where, path, method }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })
}

/** The samples by their names and labels, as the text has them. */
async function samplesOf(place: string): Promise<Map<string, number>> {
  const { text } = await get(place)
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

const events = (outcome: string, plugin = 'work') =>
  `kong_plugin_events_total{plugin="${plugin}",phase="access",outcome="${outcome}"}`
const calls = (name: string) => `kong_plugin_calls_total{plugin="work",phase="access",function="${name}"}`

test('-metrics counts events by how they ended, their calls and their round trips', async () => {
  const metrics = join(newFolder(), 'm')
  const { socket, said } = await serve(work, ['-metrics', metrics])
  await said(new RegExp(`^info: metrics are served on ${metrics}$`, 'm'))
  const peer = await ProtobufPeer.connect(socket)
  const header = await peer.start('work', { mode: 'header' })
  for (let count = 0; count < 3; count++) await peer.event(header, 'access')
  for (const mode of ['throw', 'status']) {
    const other = await ProtobufPeer.connect(socket)
    await other.event(await other.start('work', { mode }), 'access')
  }
  const samples = await samplesOf(metrics)
  assert.is(samples.get(events('ok')), 4)
  assert.is(samples.get(events('failed_closed')), 1)
  assert.is(samples.get(events('lost')), 0)
  assert.is(samples.get(calls('kong.request.get_header')), 3)
  assert.is(samples.get(calls('kong.response.set_header')), 3)
  assert.is(samples.get(calls('kong.response.exit')), 1)
  const trips = 'kong_plugin_event_round_trips'
  assert.is(samples.get(`${trips}_sum{plugin="work",phase="access"}`), 3)
  assert.is(samples.get(`${trips}_bucket{plugin="work",phase="access",le="0"}`), 2)
  assert.is(samples.get('kong_plugin_event_duration_seconds_count{plugin="work",phase="access"}'), 5)
  assert.is(
    samples.get('kong_plugin_event_duration_seconds_bucket{plugin="work",phase="access",le="+Inf"}'),
    5,
  )
  assert.is(samples.get('kong_plugin_instances{plugin="work"}'), 3)
  assert.is(samples.get('kong_plugin_events_open{process="main"}'), 0)
  assert.ok((samples.get('kong_plugin_resident_memory_bytes{process="main"}') ?? 0) > 1e7)
  assert.ok(samples.has('kong_plugin_event_loop_delay_seconds{process="main",quantile="0.99"}'))
})

test('-metrics counts every answer of MsgPack:1 as a round trip', async () => {
  const metrics = join(newFolder(), 'm')
  const { socket } = await serve(work, ['-metrics', metrics, '-protocol', 'MsgPack:1'])
  const peer = await MsgpackPeer.connect(socket)
  await peer.event(await peer.start('work', { mode: 'header' }), 'access')
  const samples = await samplesOf(metrics)
  assert.is(samples.get(events('ok')), 1)
  assert.is(samples.get('kong_plugin_event_round_trips_sum{plugin="work",phase="access"}'), 2)
})

test('-metrics of several workers are one, and do not fall when a worker ends', async () => {
  const metrics = join(newFolder(), 'm')
  const { socket, said } = await serve(crew, ['-workers', '2', '-metrics', metrics])
  await said(/metrics are served/)
  const peers = await Promise.all([1, 2, 3, 4].map(() => ProtobufPeer.connect(socket)))
  const id = await peers[0]!.start('crew', { mode: 'pid' })
  for (let round = 0; round < 5; round++) await Promise.all(peers.map((peer) => peer.event(id, 'access')))
  const before = await samplesOf(metrics)
  assert.is(before.get(events('ok', 'crew')), 20)
  assert.is(before.get('kong_plugin_instances{plugin="crew"}'), 1)
  assert.is(before.get('kong_plugin_worker_restarts_total'), 0)
  for (const name of ['parent', 'worker 1', 'worker 2'])
    assert.ok(before.has(`kong_plugin_resident_memory_bytes{process="${name}"}`), name)
  const last = await ProtobufPeer.connect(socket)
  await last.event(await last.start('crew', { mode: 'leave' }), 'access')
  await said(/another one starts/)
  const after = await samplesOf(metrics)
  assert.is(after.get(events('ok', 'crew')), 20)
  assert.is(after.get('kong_plugin_worker_restarts_total'), 1)
})

test('-metrics on a port answer GET /metrics alone', async () => {
  const { said } = await serve(work, ['-metrics', '127.0.0.1:0'])
  const place =
    /metrics are served on (http:\S+)\/metrics/.exec(await said(/metrics are served on .*\n/))?.[1] ?? ''
  const { status, text } = await get(place)
  assert.is(status, 200)
  assert.match(text, /^# HELP kong_plugin_events_total .*\n# TYPE kong_plugin_events_total counter$/m)
  assert.is((await get(place, '/')).status, 404)
  assert.is((await get(place, '/metrics', 'POST')).status, 405)
})

test('-metrics wait for a port that another process has, and the plugin serves meanwhile', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const server = await serve(work, ['-metrics', `127.0.0.1:${port}`])
  await server.said(/^warn: metrics wait for 127\.0\.0\.1:\d+, which another process has/m)
  const peer = await ProtobufPeer.connect(server.socket)
  assert.equal((await peer.event(await peer.start('work', { mode: 'status' }), 'access')).at(-1), 'end')
  other.close()
  await server.said(/^info: metrics are served on /m)
  // The next server gets it from this one, as on a reload of Kong.
  const next = run(process.execPath, [work, '-socket', server.socket, '-metrics', `127.0.0.1:${port}`])
  await next.said(/metrics are served on /)
  await until('the first has left', () => server.child.exitCode === 0)
})

test('-metrics that cannot be served are a log line, and the plugin serves', async () => {
  const { socket, said } = await serve(work, ['-metrics', '/nowhere/at/all'])
  await said(/^error: cannot serve metrics on \/nowhere\/at\/all: /m)
  const peer = await ProtobufPeer.connect(socket)
  assert.equal((await peer.event(await peer.start('work', { mode: 'status' }), 'access')).at(-1), 'end')
})

const able = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0
const here = able ? test : test.skip

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  here(
    `-metrics over ${dialect} equal what the load client counts (skipped without cc on Linux)`,
    async () => {
      const code = join(newFolder(), 'hello.cjs')
      const plugins = [{ name: 'hello', file: 'bench/plugins/hello/plugin.ts' }]
      await bundlePlugins({ plugins, platform: hostPlatform(), code })
      const metrics = join(newFolder(), 'm')
      const { socket, child } = await serve(code, [
        '-metrics',
        metrics,
        '-protocol',
        dialect,
        '-workers',
        '2',
      ])
      const counted = await drive({
        ...{ client: await buildClient(newFolder()), socket, dialect, handler: 'hello', connections: 8 },
        ...{ events: 4000, seconds: 0, warmup: 0, pid: child.pid ?? 0 },
      })
      assert.is(counted.failures, 0)
      const samples = await samplesOf(metrics)
      assert.is(samples.get(events('ok', 'hello')), counted.events)
      const called = [...samples].filter(([name]) => name.startsWith('kong_plugin_calls_total'))
      assert.is(
        called.reduce((sum, [, value]) => sum + value, 0),
        counted.calls,
      )
    },
  )

test.after(stopAll)
test.run()
