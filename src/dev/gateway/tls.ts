import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server } from 'node:tls'
import { reason } from '../../errors.ts'
import { runHandshake } from '../../fake-kong/flow.ts'
import { createWorld } from '../../fake-kong/world.ts'
import { listen } from '../listen.ts'
import { Certificates } from './certificates.ts'
import type { GatewayOptions, Listener } from './gateway.ts'
import type { HttpListener } from './http.ts'
import { clientOf, commonParts } from './request-world.ts'
import { UnderWay } from './under-way.ts'

/** Milliseconds in which a client has to begin and to end its handshake. */
const handshakeTime = 60_000

/** Takes TLS connections: the certificate phase comes before a handshake goes on, requests go to the HTTP listener. */
export async function startTls(options: GatewayOptions, port: number, http: HttpListener): Promise<Listener> {
  const underWay = new UnderWay()
  const certificates = new Certificates()
  const servers = new Map<boolean, Promise<Server>>()

  async function serverFor(isAsking: boolean): Promise<Server> {
    const server = servers.get(isAsking) ?? createTls(certificates, http, isAsking)
    servers.set(isAsking, server)
    return server
  }

  async function handshake(socket: Socket): Promise<void> {
    try {
      const asked = await runCertificatePhase(options, socket)
      if (asked === 'refused') return void socket.end(internalError, () => socket.destroy())
      const server = await serverFor(asked === 'certificate')
      server.emit('connection', socket)
    } catch (error) {
      options.onFailure(`Cannot take a TLS connection: ${reason(error)}`)
      socket.destroy()
    }
  }

  const server = createServer((socket) => {
    underWay.addSocket(socket)
    // A client that says nothing is not waited for.
    void hasBytes(socket).then((has) => (has ? underWay.addWork(handshake(socket)) : socket.destroy()))
  })
  return {
    port: await listen(server, port, options.host),
    stop: () => void server.close(),
    finished: () => underWay.finished(),
    cut: () => underWay.cut(),
  }
}

async function createTls(certificates: Certificates, http: HttpListener, isAsking: boolean): Promise<Server> {
  const server = createTlsServer({
    ...(await certificates.get()),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeTime,
    requestCert: isAsking,
    rejectUnauthorized: false,
    SNICallback(name, done) {
      certificates.context(name).then(
        (context) => done(null, context),
        (error: Error) => done(error),
      )
    },
  })
  server.on('secureConnection', (socket) => http.take(socket))
  server.on('tlsClientError', (_, socket) => socket.destroy())
  return server
}

/** Runs the handlers, if there are any; gives what they want of the handshake. */
async function runCertificatePhase(
  { leases, recorder }: GatewayOptions,
  socket: Socket,
): Promise<'refused' | 'certificate' | 'nothing'> {
  const lease = leases.lease()
  try {
    if (!lease.plugins.some(({ phases }) => phases.includes('certificate'))) return 'nothing'
    const world = createWorld({
      ...commonParts(lease),
      client: { ...clientOf(socket), protocol: 'https' },
      request: { scheme: 'https', host: '', port: socket.localPort ?? 0, path: '', query: '' },
      route: undefined,
      service: undefined,
    })
    world.request.headers = {}
    world.upstream.request.headers = {}
    const recording = recorder.begin(world, 'handshake')
    let goesOn = false
    try {
      goesOn = await runHandshake(world, lease.plugins)
    } finally {
      recording.finish(goesOn ? 'done' : 'refused')
    }
    if (!goesOn) return 'refused'
    return world.client.isAskedForCertificate ? 'certificate' : 'nothing'
  } finally {
    lease.end()
  }
}

/** Waits for the client's first bytes, and leaves them where they are. */
function hasBytes(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (has: boolean) => () => {
      socket.setTimeout(0)
      socket.off('readable', readable).off('end', ended).off('close', ended).off('timeout', ended)
      resolve(has)
    }
    const [readable, ended] = [settle(true), settle(false)]
    socket.setTimeout(handshakeTime)
    socket.on('readable', readable).on('end', ended).on('close', ended).on('timeout', ended)
  })
}

/** The alert "internal error", with which OpenSSL refuses a handshake whose certificate callback failed. */
const internalError = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50])
