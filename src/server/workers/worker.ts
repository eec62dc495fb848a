import { Socket } from 'node:net'
import type { Dialect } from '../../pdk/phases.ts'
import type { Event } from '../../plugin/event.ts'
import { createShareOfIds } from '../../plugin/instances.ts'
import type { NamedPlugin } from '../../plugin/plugin.ts'
import { Runtime } from '../../plugin/runtime.ts'
import type { Sharing } from '../../plugin/sharing.ts'
import { Forwarder, serveLink } from '../../protocol/msgpack/forward.ts'
import { protocols } from '../../protocol/protocols.ts'
import { slotFlag } from '../arguments.ts'
import { createConnections } from '../connections.ts'
import { divertOutput } from '../divert.ts'
import type { Meter } from '../metrics/meter.ts'
import { mapStack } from '../stack.ts'
import { closeLimit, longestEventOf, shutDown, stopSignals } from '../stop.ts'
import { type Gate, Gates } from './gate.ts'
import { TurnNote } from './last-turn.ts'
import { type FromWorker, isMessage, type Receive, type ToWorker } from './messages.ts'
import { outlive } from './siblings.ts'

export interface WorkerOptions {
  readonly plugins: readonly NamedPlugin[]
  readonly name: string
  readonly protocol: Dialect
  readonly slot: number
  readonly count: number
  /** Where metrics are served. */
  readonly meter: Meter | undefined
}

/** Serves the connections that the parent hands over, until it says so or is gone. */
export function serveAsWorker(options: WorkerOptions): void {
  const { plugins, name, protocol: dialect, slot, count, meter } = options
  const { log } = divertOutput()
  if (!process.connected) {
    log.error(`-${slotFlag} is what a server gives its own workers: start it with -workers alone`)
    process.exit(2)
  }
  const protocol = protocols[dialect]
  const sharing = new SharedState(new Forwarder(slot, count, longestFrameOf(plugins)))
  const runtime = new Runtime({
    plugins,
    dialect,
    prepare: protocol.prepare,
    log,
    mapStack,
    nextInstanceId: createShareOfIds(slot, count),
    nextEventId: createShareOfIds(slot, count),
    sharing,
    ...(meter && { observe: meter.observe }),
  })
  const opened = protocol.open(runtime)
  const connections = createConnections(runtime)
  const gates = new Gates(
    (wire) => opened.createSession(wire),
    (event) => sharing.goesOn(event),
  )
  sharing.gates = gates
  let stopping = false
  let draining = false
  let patience = 0
  let siblings: readonly number[] = []
  let lastPing = performance.now()
  let allIdle = () => {}

  const drain = async (): Promise<void> => {
    connections.expectEnd()
    if (dialect === 'MsgPack:1' && process.connected) await idleEverywhere()
    draining = true
    await connections.drain(patience)
  }
  const last = async (): Promise<void> => {
    if (!process.connected) await outlive(siblings, longestEventOf(plugins) + closeLimit)
  }
  /** A step of another worker's event may come here as long as that is open. */
  const idleEverywhere = async (): Promise<void> => {
    const told = new Promise<void>((resolve) => {
      allIdle = resolve
    })
    await Promise.race([runtime.idle(), told])
    tell({ kind: 'idle' })
    await told
  }
  const stop = (milliseconds: number): void => {
    patience = milliseconds
    if (draining) void connections.drain(patience)
    if (stopping) return
    stopping = true
    void shutDown({ name, plugins, runtime, drain, last })
  }
  const receive: Receive<ToWorker> = (message, socket) => {
    if (message.kind === 'connection') {
      if (!(socket instanceof Socket)) {
        tell({ kind: 'gone', id: message.id })
        return
      }
      tell({ kind: 'took', id: message.id })
      socket.on('close', () => tell({ kind: 'gone', id: message.id }))
      const unread = message.unread === undefined ? undefined : Buffer.from(message.unread, 'base64')
      connections.accept(socket, (wire) => gates.createSession(wire, message.id), unread)
    } else if (message.kind === 'link') {
      if (socket instanceof Socket && message.asks) sharing.forwarder.link(message.slot, socket)
      else if (socket instanceof Socket) serveLink(socket, (wire) => opened.createSession(wire))
      tell({ kind: 'receipt', receipt: message.receipt })
    } else if (message.kind === 'instance') {
      runtime.adoptInstance(message.id, message.plugin, message.config)
      tell({ kind: 'receipt', receipt: message.receipt })
    } else if (message.kind === 'known') sharing.known(message.id)
    else if (message.kind === 'close-instance') void runtime.instances.drop(message.id)
    else if (message.kind === 'ping') {
      const used = runtime.instances.usedSince(lastPing)
      lastPing = performance.now()
      tell({ kind: 'pong', used })
    } else if (message.kind === 'measure') {
      const { scrape } = message
      const state = { runtime, connections: connections.count }
      tell({ kind: 'measured', scrape, metrics: meter?.metrics(state, scrape > 0) ?? [] })
    } else if (message.kind === 'all-idle') allIdle()
    else if (message.kind === 'siblings') siblings = message.pids
    else stop(message.patience)
  }

  process.on('message', (message, socket) => {
    if (isMessage<ToWorker>(message)) receive(message, socket)
  })
  // Who signals a whole process group means the parent.
  for (const signal of stopSignals) process.on(signal, () => undefined)
  process.on('disconnect', () => {
    allIdle()
    sharing.knownAll()
    stop(0)
  })
  process.on('exit', (code) => {
    opened.flush()
    if (!stopping)
      log.error(`a worker of ${name} ends with exit code ${code}, as its own code told the process to`)
  })
  tell({ kind: 'ready', turnKey: sharing.note.key })
}

/** The part of the server's state that this worker shares with the others, by way of the parent. */
class SharedState implements Sharing {
  readonly forwarder: Forwarder
  readonly note = new TurnNote()
  gates: Gates | undefined
  /** Gates of connections that wait for an instance to be known everywhere. */
  readonly #waiting = new Map<number, Gate>()

  constructor(forwarder: Forwarder) {
    this.forwarder = forwarder
  }

  started(id: number, plugin: string, config: string): void {
    const gate = this.gates?.hold()
    if (gate !== undefined) this.#waiting.set(id, gate)
    tell({ kind: 'start', id, plugin, config, connection: gate?.connection ?? 0 })
  }

  known(id: number): void {
    const gate = this.#waiting.get(id)
    if (gate === undefined) return
    this.#waiting.delete(id)
    gate.open()
    tell({ kind: 'started', connection: gate.connection })
  }

  /** Nobody is left who could say it. */
  knownAll(): void {
    for (const id of this.#waiting.keys()) this.known(id)
  }

  closed(id: number): void {
    tell({ kind: 'close-instance', id })
  }

  goesOn(event: Event): void {
    const gate = this.gates?.current
    if (gate !== undefined) gate.event = event
    this.note.write({ instance: event.instance.id, phase: event.phase })
  }

  forward: Sharing['forward'] = (step, answer) => this.forwarder.forward(step, answer)
}

/** Without a parent there is nobody to tell; the end of the channel says so elsewhere. */
function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

function longestFrameOf(plugins: readonly NamedPlugin[]): number {
  return Math.max(...plugins.map(({ frameLimit }) => frameLimit))
}
