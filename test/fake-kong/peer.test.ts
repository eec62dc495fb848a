import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createPeer } from '../../src/fake-kong/peer.ts'
import { PeerError, type PeerFault } from '../../src/fake-kong/peer-error.ts'
import { Worker } from '../../src/fake-kong/worker.ts'
import { createWorld, type World } from '../../src/fake-kong/world.ts'
import { dialects } from '../../src/pdk/phases.ts'
import { inPhase } from '../support/kong.ts'
import { cutMessages, pack } from '../support/msgpack-oracle.ts'
import { bytesField, cutFrames, frame, numberOf, readFields, varint } from '../support/protobuf-oracle.ts'
import { bare, run } from '../support/server.ts'

const limit = 5000

for (const dialect of dialects) {
  test(`${dialect} peer: calls made together are answered in order, each with its own`, async () => {
    const seen: unknown[] = []
    const access = async (handed: unknown) => {
      const kong = inPhase(handed, 'access')
      kong.response.setHeader('x-first', '1')
      seen.push(
        ...(await Promise.all([
          kong.request.getHeader('host'),
          kong.request.getHeader('absent'),
          kong.request.getQuery(),
          kong.client.getPort(),
          kong.ip.isTrusted('127.0.0.1'),
        ])),
      )
      kong.response.addHeader('x-first', '2')
    }
    const running = await run(dialect, bare({ phases: { access } }))
    const peer = createPeer(dialect, running.path, { limit })
    const world = createWorld({ request: { query: 'a=1&flag' } })
    try {
      const instance = await peer.startInstance('test', '{}')
      const outcome = await peer.runPhase(instance, 'access', world)
      await peer.closeInstance(instance)
      assert.is(outcome.end, 'returned')
      assert.equal(
        outcome.calls.map(({ method }) => method.replace('kong.', '')),
        [
          'response.set_header',
          'request.get_header',
          'request.get_header',
          'request.get_query',
          'client.get_port',
          'ip.is_trusted',
          'response.add_header',
        ],
      )
      assert.equal(seen, ['example.com:8000', undefined, { a: ['1'], flag: [true] }, 40000, false])
      assert.equal(world.response.headers, { 'x-first': ['1', '2'] })
    } finally {
      peer.close()
      await running.stop()
    }
  })

  test(`${dialect} worker: exit is the plugin's answer, and the next event works`, async () => {
    const access = (kong: unknown) => inPhase(kong, 'access').response.exit(403, 'no', { 'x-why': 'me' })
    const running = await run(dialect, bare({ phases: { access } }))
    const worker = new Worker(dialect, running.path, { name: 'test', config: {} }, { limit })
    try {
      for (let count = 0; count < 2; count++) {
        const world = createWorld()
        const { end, repeats } = await worker.handle('access', world)
        assert.is(end, 'exited')
        assert.is(repeats, 0)
        assert.is(world.response.status, 403)
        assert.is(String(world.response.body), 'no')
        assert.equal(world.response.headers['x-why'], ['me'])
      }
      assert.is(worker.started.length, 1)
    } finally {
      worker.close()
      await running.stop()
    }
  })

  test(`${dialect} worker: an instance that the server forgot is started again, and the event repeated`, async () => {
    const running = await run(dialect, bare({ phases: { access: () => undefined } }))
    const worker = new Worker(dialect, running.path, { name: 'test', config: {} }, { limit })
    try {
      const first = await worker.start()
      await running.runtime.instances.close(first)
      const { end, repeats } = await worker.handle('access', createWorld())
      assert.is(end, 'returned')
      assert.is(repeats, 1)
      assert.is(worker.started.length, 2)
    } finally {
      worker.close()
      await running.stop()
    }
  })
}

test('ProtoBuf:1 peer: a server that closes, is silent or speaks nonsense is told apart', async () => {
  const nonsense = frame(Buffer.from('ff', 'hex'))
  assert.is(await faultOf('ProtoBuf:1', (socket) => socket.destroy()), 'closed')
  assert.is(await faultOf('ProtoBuf:1', () => undefined), 'silent')
  assert.is(await faultOf('ProtoBuf:1', (socket) => socket.write(nonsense)), 'unreadable')
  const wrongSequence = frame(Buffer.concat([varint(1, 99), bytesField(33, '')]))
  assert.is(await faultOf('ProtoBuf:1', (socket) => socket.write(wrongSequence)), 'unreadable')
})

test('MsgPack:1 peer: a server that closes, refuses, is silent or speaks nonsense is told apart', async () => {
  assert.is(await faultOf('MsgPack:1', (socket) => socket.destroy()), 'closed')
  assert.is(await faultOf('MsgPack:1', () => undefined), 'silent')
  assert.is(await faultOf('MsgPack:1', (socket) => socket.write(Buffer.of(0xc1))), 'unreadable')
  assert.is(await faultOf('MsgPack:1', (socket) => socket.write(pack([1, 1, 'no', null]))), 'error')
  const unknown = pack([1, 1, 'there is no plugin instance 5', null])
  assert.is(await faultOf('MsgPack:1', (socket) => socket.write(unknown)), 'no-instance')
})

test('MsgPack:1 peer: notifications before the reply are passed over', async () => {
  const bytes = Buffer.concat([pack([2, 'serverPid', 7]), pack([1, 1, null, { Id: 12 }])])
  const started = await withServer(
    (socket) => socket.write(bytes),
    (path) => createPeer('MsgPack:1', path, { limit }).startInstance('test', '{}'),
  )
  assert.is(started, 12)
})

test('Worker: a configuration goes out as Kong writes it, with its own members and / escaped', async () => {
  let sent: unknown
  await withServer(
    (socket, bytes) => {
      const [[, , , [argument]]] = cutMessages(bytes).messages as [
        [number, number, string, [{ Config: string }]],
      ]
      sent = argument.Config
      socket.write(pack([1, 1, null, { Id: 1 }]))
    },
    (path) => new Worker('MsgPack:1', path, { name: 'test', config: { path: '/a' } }, { limit }).start(),
  )
  assert.match(String(sent), /^\{"path":"\\\/a",/)
  assert.is(JSON.parse(String(sent)).__seq__, 1)
})

test('Worker: over MsgPack:1 a request goes on without a plugin that fails, unless it cannot be started', async () => {
  const world = createWorld()
  const end = await runPhase('MsgPack:1', world, (socket, bytes) => {
    const [[, id, method]] = cutMessages(bytes).messages as [[number, number, string]]
    if (method === 'plugin.StartInstance') socket.write(pack([1, id, null, { Id: 1 }]))
    else socket.write(pack([1, id, 'my fault', null]))
  })
  assert.is(end, 'returned')
  assert.match(String(world.log[0]?.parts[0]), /my fault/)
  assert.is(await runPhase('MsgPack:1', createWorld(), (socket) => socket.destroy()), 'raised')
})

test('Worker: over ProtoBuf:1 a plugin that fails is 500 for the client', async () => {
  let started = 0
  const end = await runPhase('ProtoBuf:1', createWorld(), (socket, bytes) => {
    const fields = readFields(cutFrames(bytes).frames[0]!)
    if (fields.every(({ number }) => number !== 33)) return void socket.destroy()
    started++
    const status = bytesField(33, varint(2, started))
    socket.write(frame(Buffer.concat([varint(1, numberOf(fields, 1)), status])))
  })
  assert.is(end, 'raised')
  assert.ok(started > 1, 'the event was sent again')
})

/** How a worker's first event ends with such a server. */
function runPhase(
  dialect: (typeof dialects)[number],
  world: World,
  onData: (socket: Socket, bytes: Buffer) => void,
): Promise<string> {
  return withServer(onData, async (path) => {
    const worker = new Worker(dialect, path, { name: 'test', config: {} }, { limit: 300 })
    try {
      return (await worker.runPhase('access', world)).end
    } finally {
      worker.close()
    }
  })
}

/** What the peer makes of how a server treats a start of an instance. */
async function faultOf(
  dialect: (typeof dialects)[number],
  onData: (socket: Socket) => void,
): Promise<PeerFault | undefined> {
  const failure = await withServer(onData, (path) =>
    createPeer(dialect, path, { limit: 300 })
      .startInstance('test', '{}')
      .then(
        () => undefined,
        (error: unknown) => error,
      ),
  )
  return failure instanceof PeerError ? failure.fault : undefined
}

async function withServer<T>(
  onData: (socket: Socket, bytes: Buffer) => void,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'fake-kong-'))
  const path = join(folder, 's')
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => onData(socket, bytes as Buffer))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  try {
    return await use(path)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

test.run()
