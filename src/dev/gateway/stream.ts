import { createServer, type Socket } from 'node:net'
import { reason } from '../../errors.ts'
import { runFlow } from '../../fake-kong/flow.ts'
import { createWorld, type World } from '../../fake-kong/world.ts'
import type { Recording } from '../inspector/recorder.ts'
import type { Lease } from '../lease.ts'
import { listen } from '../listen.ts'
import { connectUpstream, settingOf } from './connect.ts'
import type { GatewayOptions, Listener } from './gateway.ts'
import { join } from './pump.ts'
import { clientOf, commonParts } from './request-world.ts'
import { UnderWay } from './under-way.ts'

/** Takes TCP connections, each of which is a request of its own for plugins with `preread`. */
export async function startStreams(options: GatewayOptions, port: number): Promise<Listener> {
  const underWay = new UnderWay()
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    underWay.addSocket(socket)
    underWay.addWork(runStream(options, socket))
  })
  return {
    port: await listen(server, port, options.host),
    stop: () => void server.close(),
    finished: () => underWay.finished(),
    cut: () => underWay.cut(),
  }
}

/** Never rejects. */
async function runStream(options: GatewayOptions, socket: Socket): Promise<void> {
  try {
    const lease = options.leases.lease()
    try {
      await runLeased(options, socket, lease)
    } finally {
      lease.end()
    }
  } catch (error) {
    options.onFailure(`Cannot finish a TCP connection: ${reason(error)}`)
  } finally {
    if (socket.writableEnded) linger(socket)
    else socket.destroy()
  }
}

/** Milliseconds in which a client may take what it was sent. */
const lingerTime = 1000

/** A connection that is destroyed with bytes unread may lose what it was sent. */
function linger(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), lingerTime)
  socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(timer))
  socket.resume()
}

async function runLeased({ recorder }: GatewayOptions, socket: Socket, lease: Lease): Promise<void> {
  const world = streamWorld(socket, lease)
  const recording = recorder.begin(world, 'stream')
  const leaving = new AbortController()
  const onClose = () => leaving.abort()
  socket.once('close', onClose)
  const begun = performance.now()
  let end: 'answered' | 'refused' = 'refused'
  try {
    const flow = await runFlow(world, lease.plugins, {
      async forward() {
        world.measured.latencies.kong = Math.round(performance.now() - begun)
        recording.forward()
        const service = await connectUpstream(world, leaving.signal)
        socket.off('close', onClose)
        await passBytes(world, recording, socket, service)
        recording.served()
        world.measured.latencies.session = Math.round(performance.now() - begun)
      },
      async deliver() {
        recording.respond()
        await new Promise<void>((resolve) => {
          socket.once('close', resolve)
          socket.resume()
          socket.end(world.response.body, resolve)
        })
        recording.served()
      },
      onEvent({ phase, end: ended }) {
        // A connection that Kong refuses does not wait for `log`.
        if (phase === 'preread' && ended === 'raised') socket.destroy()
      },
    })
    end = flow.end
  } finally {
    const isAborted = leaving.signal.aborted && end === 'answered'
    recording.finish(isAborted ? 'aborted' : end === 'refused' ? 'refused' : 'done')
  }
}

function streamWorld(socket: Socket, lease: Lease): World {
  const { localAddress = '127.0.0.1', localPort = 0 } = socket
  const client = clientOf(socket)
  const match = lease.matchStream({
    protocol: 'tcp',
    source: { ip: client.ip ?? '', port: client.port ?? 0 },
    destination: { ip: localAddress, port: localPort },
    sni: undefined,
  })
  const service = match?.service
  return createWorld({
    ...commonParts(lease),
    subsystem: 'stream',
    client: { ...client, protocol: 'tcp' },
    request: { host: localAddress, port: localPort, path: '/', query: '' },
    route: match?.route,
    service,
    captures: { unnamed: [], named: {} },
    upstream: { target: { host: service?.host ?? '', port: service?.port ?? 80 } },
    measured: { latencies: { kong: 0, session: 0 } },
  })
}

async function passBytes(world: World, recording: Recording, client: Socket, service: Socket): Promise<void> {
  const { session, upstream } = world.measured
  service.setTimeout(settingOf(world, 'read_timeout'), () => service.destroy())
  await join(client, service, {
    isHalfOpen: true,
    onForth(bytes) {
      session.received += bytes.length
      upstream.sent += bytes.length
      recording.pass('came', bytes)
      recording.pass('sent', bytes)
    },
    onBack(bytes) {
      session.sent += bytes.length
      upstream.received += bytes.length
      recording.pass('answered', bytes)
      recording.pass('response', bytes)
    },
  })
}
