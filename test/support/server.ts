// A server under test on a socket of its own, and a peer that talks to it as Kong would.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Dialect } from '../../src/pdk/phases.ts'
import { defaults, type NamedPlugin, type Plugin } from '../../src/plugin/plugin.ts'
import { Runtime, type RuntimeOptions } from '../../src/plugin/runtime.ts'
import { protocols } from '../../src/protocol/protocols.ts'
import { startServer } from '../../src/server/server.ts'
import { cutMessages } from './msgpack-oracle.ts'
import { cutFrames } from './protobuf-oracle.ts'

export interface Running {
  readonly path: string
  readonly runtime: Runtime
  readonly lines: string[]
  connect(): Promise<Peer>
  /** Stops the server as a signal would, with the peers still there. */
  drain(patience?: number): Promise<void>
  /** Ends the peers and the server; the events that Kong never finished are left. */
  stop(): Promise<void>
}

/** A plugin with everything settled and nothing in it. */
export function bare(overrides: Partial<Plugin>): Plugin {
  return {
    ...defaults,
    name: undefined,
    version: '1.0.0',
    phases: {},
    schema: (name) => ({ name, fields: [] }),
    readConfig: (sent) => ({ config: sent, kong: {} }),
    open: () => undefined,
    close: () => undefined,
    ...overrides,
  }
}

export async function run(
  dialect: Dialect,
  plugin: Plugin,
  options: Partial<Pick<RuntimeOptions, 'nextInstanceId' | 'nextEventId' | 'observe'>> & {
    name?: string
    others?: readonly NamedPlugin[]
  } = {},
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'kong-ts-pdk-'))
  const path = join(folder, 's')
  const lines: string[] = []
  const write = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  const log = { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') }
  const protocol = protocols[dialect]
  const { name = 'test', others = [], ...ids } = options
  const plugins = [{ ...plugin, name }, ...others]
  const runtime = new Runtime({ plugins, dialect, prepare: protocol.prepare, log, ...ids })
  const server = await startServer({ runtime, protocol, path, mode: 0o600, log, onReplaced: () => undefined })
  const peers: Peer[] = []
  return {
    path,
    runtime,
    lines,
    async connect() {
      const peer = await Peer.open(path, dialect)
      peers.push(peer)
      return peer
    },
    drain: (patience = 0) => server.close(patience),
    async stop() {
      for (const peer of peers) peer.socket.destroy()
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
      await server.close(0)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** One connection; what arrives is cut into frames (ProtoBuf:1) or messages (MsgPack:1). */
export class Peer {
  readonly socket: Socket
  readonly #dialect: Dialect
  /** Each piece as one read gave it. */
  readonly chunks: Buffer[] = []
  closed = false

  private constructor(socket: Socket, dialect: Dialect) {
    this.socket = socket
    this.#dialect = dialect
    socket.on('data', (chunk) => this.chunks.push(Buffer.from(chunk)))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
    })
  }

  static open(path: string, dialect: Dialect): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const socket = connect(path)
      socket.once('error', reject)
      socket.once('connect', () => resolve(new Peer(socket, dialect)))
    })
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks)
  }

  get frames(): Buffer[] {
    return cutFrames(this.received).frames
  }

  get messages(): (readonly unknown[])[] {
    return cutMessages(this.received).messages
  }

  /** Frames or messages so far. */
  get count(): number {
    return this.#dialect === 'ProtoBuf:1' ? this.frames.length : this.messages.length
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  /** Resolves when that many frames or messages have come. */
  async waitFor(count: number, why = ''): Promise<void> {
    await until(
      () => this.count >= count,
      () => `${why}: ${count} wanted, ${this.count} came: ${this.received.toString('latin1').slice(-300)}`,
    )
  }

  async waitForClose(): Promise<void> {
    await until(
      () => this.closed,
      () => 'the connection is still open',
    )
  }
}

/** Resolves when a condition holds; fails after five seconds. */
export async function until(condition: () => boolean, why: () => string = () => ''): Promise<void> {
  const end = Date.now() + 5000
  for (let turn = 0; !condition(); turn++) {
    if (Date.now() > end) throw new Error(`waited in vain: ${why()}`)
    if (turn < 200) await new Promise((resolve) => setImmediate(resolve))
    else await delay(2)
  }
}
