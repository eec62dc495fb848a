import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { reason } from '../errors.ts'
import type { Log } from '../plugin/log.ts'
import type { Runtime } from '../plugin/runtime.ts'
import type { Protocol, Session } from '../protocol/dialect.ts'
import { listen, type SocketFile } from './socket.ts'

/** Milliseconds between two looks at whether the socket's path is still ours, and at whether a drain is over. */
const pathInterval = 500
const drainInterval = 10
/** Milliseconds that a peer has to close its side of a connection that we have ended. */
const endLimit = 1000
/** Bytes that may wait for a peer that does not read, as a multiple of the longest message. */
const mostUnread = 4

export interface ServerOptions {
  runtime: Runtime
  protocol: Protocol
  path: string
  /** Permission bits of the socket. */
  mode: number
  log: Log
  /** Another process has taken the path over. */
  onReplaced: () => void
}

/** A plugin server on its socket. */
export interface Server {
  readonly path: string
  /** Takes no new connection, lets every event end, then closes the connections. */
  close(): Promise<void>
}

interface Connection {
  readonly socket: Socket
  readonly session: Session
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { runtime, protocol, path, mode, log, onReplaced } = options
  const connections = new Set<Connection>()
  const opened = protocol.open(runtime)
  const listener = createServer({ noDelay: false }, (socket) => {
    const write = (bytes: Buffer) => {
      if (!socket.writable) return
      socket.write(bytes)
      // Reading on is no choice: Kong may itself wait for us to read, and both would wait for ever.
      if (socket.writableLength > mostUnread * runtime.plugin.frameLimit) socket.destroy()
    }
    const end = () => {
      socket.end()
      // A peer that does not close its side must not keep the process.
      setTimeout(() => socket.destroy(), endLimit)
    }
    const session = opened.createSession({ write, end })
    serveConnection({ socket, session }, connections, log)
  })
  const file = await listen(listener, path, mode)
  // A failing accept (no descriptors left) is one connection's loss.
  listener.on('error', (error) => log.error(`cannot accept a connection: ${error.message}`))
  const watch = watchPath(file, onReplaced)
  return {
    path,
    async close() {
      clearInterval(watch)
      await drain(listener, connections)
    },
  }
}

function serveConnection(connection: Connection, connections: Set<Connection>, log: Log): void {
  const { socket, session } = connection
  connections.add(connection)
  socket.on('data', (chunk) => {
    try {
      session.receive(chunk as Buffer)
    } catch (error) {
      log.warn(`a connection is closed: ${reason(error)}`)
      socket.destroy()
    }
  })
  // The reset of a peer; 'close' follows.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    connections.delete(connection)
    session.closed()
  })
}

function watchPath(file: SocketFile, onReplaced: () => void): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (file.isCurrent()) return
    clearInterval(timer)
    onReplaced()
  }, pathInterval)
  return timer.unref()
}

/**
 * Idle connections end at once, busy ones with their event: Kong gives a pooled one up without an error. What Kong has
 * sent by then must be read first: so one connection ends per turn of the loop, right after its poll for input.
 */
async function drain(listener: NetServer, connections: Set<Connection>): Promise<void> {
  listener.close()
  while (connections.size > 0) {
    for (const { session } of connections) {
      await new Promise((resolve) => setImmediate(resolve))
      session.drain()
    }
    await new Promise((resolve) => setTimeout(resolve, drainInterval))
  }
}
