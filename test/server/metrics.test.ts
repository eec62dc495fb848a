import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
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

test('-metrics begin at 0, and count what names no plugin of the server as one', async () => {
  const metrics = join(newFolder(), 'm')
  const { socket, said } = await serve(work, ['-metrics', metrics])
  await said(/metrics are served on /)
  const before = await samplesOf(metrics)
  for (const outcome of ['ok', 'exit', 'failed_closed', 'failed_open', 'timed_out', 'lost'])
    assert.is(before.get(events(outcome)), 0)
  for (const name of ['stranger', 'x"} 1\n', 'y\\'.repeat(10_000)]) {
    const peer = await ProtobufPeer.connect(socket)
    await peer.event(await peer.start(name, {}), 'access')
  }
  const after = await samplesOf(metrics)
  assert.is(after.get(events('failed_closed', '(unknown)')), 3)
  assert.is([...after.keys()].filter((name) => name.includes('_events_total')).length, 12)
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

test('-metrics wait for a socket that another process has, and take one that nobody has', async () => {
  const metrics = join(newFolder(), 'm')
  const first = await serve(work, ['-metrics', metrics])
  await first.said(/metrics are served on /)
  const second = await serve(work, ['-metrics', metrics])
  await second.said(/^warn: metrics wait for \S+, which another process has/m)
  const peer = await ProtobufPeer.connect(first.socket)
  await peer.event(await peer.start('work', { mode: 'status' }), 'access')
  assert.is((await samplesOf(metrics)).get(events('ok')), 1)
  first.child.kill('SIGKILL')
  await second.said(/^info: metrics are served on /m)
  assert.is((await samplesOf(metrics)).get(events('ok')), 0)
})

test('-metrics of two servers that begin at once: one waits', async () => {
  const metrics = join(newFolder(), 'm')
  const servers = await Promise.all([1, 2, 3].map(() => serve(work, ['-metrics', metrics])))
  const waiting = () => servers.filter(({ errors }) => /metrics wait for/.test(errors()))
  await until('two wait', () => waiting().length === 2)
  assert.is((await get(metrics)).status, 200)
})

test('-metrics on the path of the plugin’s own socket, or of a file, take nothing from it', async () => {
  const folder = newFolder()
  const socket = join(folder, 's')
  const own = run(process.execPath, [work, '-socket', socket, '-metrics', join(folder, '.', 's')])
  assert.is(await own.ended, 2)
  assert.match(own.errors(), /^error: Cannot read the flags: -metrics and -socket both name \S+s\. /)
  const file = join(folder, 'file')
  writeFileSync(file, 'precious')
  const { said } = await serve(work, ['-metrics', file])
  await said(/^error: cannot serve metrics on \S+: .* it exists and is no socket/m)
  assert.is(readFileSync(file, 'utf8'), 'precious')
})

test('-metrics that cannot be served are a log line, and the plugin serves', async () => {
  const { socket, said } = await serve(work, ['-metrics', '/nowhere/at/all'])
  await said(
    /^error: cannot serve metrics on \/nowhere\/at\/all: .* no folder \/nowhere\/at; make it, or choose another path with -metrics$/m,
  )
  const peer = await ProtobufPeer.connect(socket)
  assert.equal((await peer.event(await peer.start('work', { mode: 'status' }), 'access')).at(-1), 'end')
})

/** Where the metrics of a server on a port are. */
async function placeOf(said: (pattern: RegExp) => Promise<string>): Promise<string> {
  return /metrics are served on (http:\S+)\/metrics/.exec(await said(/metrics are served on .*\n/))?.[1] ?? ''
}

/** A connection that nobody here answers for. */
function dial(place: string): Socket {
  const { hostname, port } = new URL(place)
  return connect(Number(port), hostname).on('error', () => undefined)
}

test('-metrics hold few connections, and none for long: descriptors are for Kong', async () => {
  const { socket, said, child } = await serve(work, ['-metrics', '127.0.0.1:0'])
  const place = await placeOf(said)
  const callers = Array.from({ length: 200 }, () => dial(place))
  for (const caller of callers) caller.write('GET /metrics HTTP/1.1\r\nHost: a\r\n')
  const ended = (caller: Socket) => new Promise((resolve) => caller.on('close', resolve).resume())
  const all = Promise.all(callers.map(ended))
  await until('most are closed', () => callers.filter(({ destroyed }) => destroyed).length >= 150)
  if (process.platform === 'linux') assert.ok(readdirSync(`/proc/${child.pid}/fd`).length < 100)
  const peer = await ProtobufPeer.connect(socket)
  assert.equal((await peer.event(await peer.start('work', { mode: 'status' }), 'access')).at(-1), 'end')
  // The rest have said half a request and no more.
  await all
  assert.is((await get(place)).status, 200)
})

test('-metrics take one request of a connection, however many come at once', async () => {
  const { said } = await serve(work, ['-metrics', '127.0.0.1:0'])
  const place = await placeOf(said)
  const caller = dial(place)
  let text = ''
  caller.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  caller.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000))
  await once(caller, 'close')
  assert.is(text.match(/^HTTP\/1\.1 200 /gm)?.length, 1)
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
