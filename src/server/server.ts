import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { reason } from '../errors.ts'
import type { Log } from '../plugin/log.ts'
import type { Runtime } from '../plugin/runtime.ts'
import type { Protocol, Session } from '../protocol/dialect.ts'
import { readInPlace, writeNow } from './channel.ts'
import { closeNow, rehearseClosing } from './close.ts'
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
  /**
   * Takes no new connection, lets every event end, and closes each connection right behind its next event, or once it
   * has been quiet for so many milliseconds. May be called again with less patience.
   */
  close(patience: number): Promise<void>
}

interface Connection {
  readonly socket: Socket
  readonly session: Session
  /** Milliseconds of the monotonic clock at the last bytes from Kong. */
  lastUsed: number
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { runtime, protocol, path, mode, log, onReplaced } = options
  const connections = new Set<Connection>()
  const opened = protocol.open(runtime)
  const listener = createServer((accepted) => {
    const socket = readInPlace(accepted, (chunk, length) => receive(chunk, length))
    const write = (bytes: Buffer, length: number) => {
      if (!socket.writable) return
      writeNow(socket, bytes, length)
      // Reading on is no choice: Kong may itself wait for us to read, and both would wait for ever.
      if (socket.writableLength > mostUnread * runtime.frameLimit) socket.destroy()
    }
    const end = () => {
      socket.end()
      // A peer that does not close its side must not keep the process.
      setTimeout(() => socket.destroy(), endLimit)
    }
    const close = () => {
      if (socket.writableLength === 0) return closeNow(socket, receive)
      end()
      return true
    }
    const session = opened.createSession({ write, end, close })
    const receive = serveConnection({ socket, session, lastUsed: performance.now() }, connections, log)
  })
  const file = await listen(listener, path, mode)
  // A failing accept (no descriptors left) is one connection's loss.
  listener.on('error', (error) => log.error(`cannot accept a connection: ${error.message}`))
  const watch = watchPath(file, onReplaced)
  let patience = 0
  let drained: Promise<void> | undefined
  return {
    path,
    close(milliseconds) {
      clearInterval(watch)
      patience = milliseconds
      drained ??= drain(listener, connections, () => patience)
      return drained
    },
  }
}

/** Gives what takes the bytes from Kong. */
function serveConnection(
  connection: Connection,
  connections: Set<Connection>,
  log: Log,
): (chunk: Buffer, length: number) => void {
  const { socket, session } = connection
  connections.add(connection)
  const receive = (chunk: Buffer, length: number): void => {
    connection.lastUsed = performance.now()
    try {
      session.receive(chunk, length)
    } catch (error) {
      log.warn(`a connection is closed: ${reason(error)}`)
      socket.destroy()
    }
  }
  // The reset of a peer; 'close' follows.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    connections.delete(connection)
    session.closed()
  })
  return receive
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
 * A connection that is in use ends with its next event: Kong sees that before it can send there again. One that is not
 * may cross with a command that Kong is just sending, so only quiet ones end by themselves, one per turn of the
 * loop, right after its poll for input.
 */
async function drain(
  listener: NetServer,
  connections: Set<Connection>,
  patience: () => number,
): Promise<void> {
  listener.close()
  rehearseClosing()
  for (const { session } of connections) session.drain()
  while (connections.size > 0) {
    for (const connection of connections) {
      await new Promise((resolve) => setImmediate(resolve))
      const quiet = performance.now() - connection.lastUsed
      if (quiet >= patience()) connection.session.endIfIdle(quiet >= Math.max(patience(), endLimit))
    }
    await new Promise((resolve) => setTimeout(resolve, drainInterval))
  }
}
