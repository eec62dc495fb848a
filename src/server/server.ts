import { createServer } from 'node:net'
import type { Log } from '../plugin/log.ts'
import type { Runtime } from '../plugin/runtime.ts'
import type { Protocol } from '../protocol/dialect.ts'
import { createConnections } from './connections.ts'
import { listen, watchPath } from './socket.ts'

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
  readonly connections: number
  /**
   * Takes no new connection, lets every event end, and closes each connection right behind its next event, or once it
   * has been quiet for so many milliseconds. May be called again with less patience.
   */
  close(patience: number): Promise<void>
  /** Sends what is ready: the process ends. */
  flush(): void
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { runtime, protocol, path, mode, log, onReplaced } = options
  const connections = createConnections(runtime)
  const opened = protocol.open(runtime)
  const listener = createServer((socket) => connections.accept(socket, (wire) => opened.createSession(wire)))
  const file = await listen(listener, path, mode)
  // A failing accept (no descriptors left) is one connection's loss.
  listener.on('error', (error) => log.error(`cannot accept a connection: ${error.message}`))
  const watch = watchPath(file, onReplaced)
  return {
    path,
    get connections() {
      return connections.count
    },
    close(patience) {
      clearInterval(watch)
      listener.close()
      return connections.drain(patience)
    },
    flush: opened.flush,
  }
}
