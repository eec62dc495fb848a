import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Dialect } from '../pdk/phases.ts'
import type { NamedPlugin } from '../plugin/plugin.ts'
import type { Protocol } from '../protocol/dialect.ts'
import { protocols } from '../protocol/protocols.ts'
import { type Server, startServer } from '../server/server.ts'
import { type Host, SocketWorkers } from './host.ts'
import { tooLate, within } from './limit.ts'
import { startPieces } from './pieces.ts'
import { TestRuntime } from './runtime.ts'
import type { Watch } from './watch.ts'

export interface WireOptions {
  readonly dialect: Dialect
  readonly limit: number
  readonly pieces: number | undefined
}

interface Life {
  readonly runtime: TestRuntime
  readonly server: Server
  readonly connections: Connections
}

/** Serves the plugin on a private socket of this process. */
export async function openWire(
  plugin: NamedPlugin,
  { dialect, limit, pieces }: WireOptions,
  watch: Watch,
): Promise<Host> {
  const output: string[] = []
  const folder = mkdtempSync(join(tmpdir().length > longestFolder ? '/tmp' : tmpdir(), 'kts-'))
  const path = join(folder, 'plugin.socket')
  let life = await begin().catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const cutter =
    pieces === undefined ? undefined : await startPieces(join(folder, 'kong.socket'), path, pieces)
  const workers = new SocketWorkers(dialect, cutter?.path ?? path, limit, watch)

  async function begin(): Promise<Life> {
    const runtime = new TestRuntime(plugin, dialect, output)
    const connections = new Connections()
    const protocol = connections.count(protocols[dialect])
    const log = runtime.log
    const server = await startServer({ runtime, protocol, path, mode: 0o600, log, onReplaced: ignore })
    return { runtime, server, connections }
  }

  /** Kong's ends are closed first: a server that has to close its own waits a second for that. */
  async function end({ runtime, server, connections }: Life, patience: number): Promise<void> {
    workers.close()
    await connections.gone(patience)
    await within(limit, server.close(0), tooLate(limit, 'the server has not closed its connections'))
    await runtime.end(limit)
  }

  return {
    output,
    createWorker: (configured) => workers.create(configured),
    async restart() {
      const old = life
      life = await begin()
      await end(old, restartPatience)
    },
    async close() {
      try {
        // What goes on after Kong has left would keep its server until its time limit.
        workers.close()
        life.runtime.abandon()
        await end(life, limit)
      } finally {
        cutter?.close()
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Bytes of a folder's path that leave room for the name of a socket in it: 107 bytes are the most in all. */
const longestFolder = 40

/** Milliseconds for which connections without an event may take to close, while others are in use. */
const restartPatience = 50

function ignore(): void {}

/** How many connections a server has. */
class Connections {
  #open = 0

  count(protocol: Protocol): Protocol {
    return {
      prepare: protocol.prepare,
      open: (runtime) => {
        const opened = protocol.open(runtime)
        return {
          ...opened,
          createSession: (wire) => {
            const session = opened.createSession(wire)
            this.#open++
            return {
              receive: (chunk, length) => session.receive(chunk, length),
              drain: () => session.drain(),
              endIfIdle: (stale) => session.endIfIdle(stale),
              closed: () => {
                this.#open--
                session.closed()
              },
            }
          },
        }
      },
    }
  }

  /** Resolves when there are none, or after the limit. */
  async gone(limit: number): Promise<void> {
    const expired = performance.now() + limit
    while (this.#open > 0 && performance.now() < expired) await turn()
  }
}
