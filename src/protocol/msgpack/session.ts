import { fault, reason } from '../../errors.ts'
import { isPhase } from '../../pdk/phases.ts'
import type { Instance } from '../../plugin/instances.ts'
import { LinkedList } from '../../plugin/linked-list.ts'
import type { Runtime } from '../../plugin/runtime.ts'
import { ByteWriter } from '../../wire/bytes.ts'
import { MessageDecoder } from '../../wire/msgpack.ts'
import { writeValue } from '../../wire/msgpack-writer.ts'
import type { Protocol, Session, Wire } from '../dialect.ts'
import { Flusher } from '../flusher.ts'
import { prepare } from './ask.ts'
import { type Asker, type Call, MsgpackEvent } from './event.ts'
import { LiveEvents } from './live-events.ts'
import { type Request, readRequest, writeError, writeEventHead, writeReplyHead } from './messages.ts'

export const msgpack: Protocol = {
  prepare,
  open(runtime) {
    const live = new LiveEvents<MsgpackEvent>()
    const shared: Shared = {
      live,
      nextId: runtime.nextEventId,
      forget: (event) => live.delete(event),
      flusher: new Flusher(),
    }
    return {
      createSession: (wire) => new MsgpackSession(runtime, wire, shared),
      flush: shared.flusher.flush,
    }
  },
}

interface Shared {
  /** The open events of all connections: the steps of one event may arrive on another connection than its start. */
  readonly live: LiveEvents<MsgpackEvent>
  readonly nextId: () => number
  readonly forget: (event: MsgpackEvent) => void
  readonly flusher: Flusher
}

/** One connection. Each request is answered with the next thing the event wants from Kong. */
class MsgpackSession implements Session, Asker {
  readonly #runtime: Runtime
  readonly #wire: Wire
  readonly #shared: Shared
  readonly #decoder: MessageDecoder
  /** Events that owe this connection a reply. */
  readonly #owed = new LinkedList<MsgpackEvent>()
  readonly #out = new ByteWriter()
  /** Steps that wait for an answer of another process. */
  #forwarded = 0
  #closed = false
  #draining = false
  #ended = false

  constructor(runtime: Runtime, wire: Wire, shared: Shared) {
    this.#runtime = runtime
    this.#wire = wire
    this.#shared = shared
    this.#decoder = new MessageDecoder(runtime.frameLimit)
  }

  drain(): void {
    this.#draining = true
  }

  /** While any event is open Kong may send its next step here. */
  endIfIdle(stale: boolean): void {
    this.#draining = true
    if (this.#shared.live.size === 0) this.#end(stale)
  }

  /**
   * Kong keeps a connection for each event that it has under way at once, so the one on which an event ended is not
   * needed for the others, unless one of them was last heard of right here.
   */
  #endBehindEvent(): void {
    for (const event of this.#shared.live) if (event.carrier === this) return
    this.#end(false)
  }

  #end(stale: boolean): void {
    if (this.#ended || this.#closed || this.#forwarded > 0 || !(stale || this.#decoder.atBoundary)) return
    this.flush()
    // Kong lets a request pass that crosses with the end: nothing may lie between the last reply and it.
    this.#ended = this.#wire.close()
  }

  receive(chunk: Buffer, length: number): void {
    if (this.#ended) return
    const decoder = this.#decoder
    decoder.feed(chunk, length)
    for (let message = decoder.next(); message !== undefined; message = decoder.next())
      this.#request(readRequest(message))
  }

  closed(): void {
    this.#closed = true
    for (const event of this.#owed) {
      this.#owed.delete(event)
      event.abandon()
    }
  }

  flush(): void {
    if (this.#closed || this.#out.length === 0) return
    this.#wire.write(this.#out.buffer, this.#out.length)
    this.#out.clear()
  }

  answer(request: number, event: MsgpackEvent, call: Call | undefined): void {
    this.#replyToEvent(request, event.id, call)
    this.#owed.delete(event)
    if (this.#draining) this.#endBehindEvent()
  }

  #request(request: Request): void {
    const { id, method, argument: first } = request
    if (method === 'plugin.HandleEvent') this.#handle(id, members(first))
    else if (method.startsWith('plugin.Step')) this.#step(id, members(first), method)
    else if (method === 'plugin.StartInstance') {
      const { Name, Config } = members(first)
      const instance = this.#runtime.startInstance(String(Name ?? ''), text(Config))
      this.#reply(id, this.#status(instance))
    } else if (method === 'plugin.CloseInstance' || method === 'plugin.InstanceStatus') {
      this.#instance(id, first, method === 'plugin.CloseInstance')
    } else if (method === 'plugin.GetStatus') this.#reply(id, this.#serverStatus())
    else if (method === 'plugin.GetPluginInfo') this.#describe(id, String(first ?? ''))
    else if (method === 'plugin.SetPluginDir') this.#reply(id, 'ok')
    else this.#error(id, fault('BAD_RPC', `there is no method ${method}`).message)
  }

  #describe(id: number, plugin: string): void {
    const described = this.#runtime.describe(plugin)
    if (described === undefined) this.#error(id, fault('NO_PLUGIN', plugin, this.#runtime.names).message)
    else this.#reply(id, described)
  }

  #instance(id: number, instanceId: unknown, close: boolean): void {
    const instance = this.#runtime.instances.get(Number(instanceId))
    if (instance === undefined) this.#error(id, fault('NO_INSTANCE', instanceId).message)
    else {
      this.#reply(id, this.#status(instance))
      if (close) void this.#runtime.instances.close(instance.id)
    }
  }

  #handle(id: number, { InstanceId, EventName }: Members): void {
    const instance = this.#runtime.instanceOf(Number(InstanceId))
    const phase = String(EventName)
    if (instance === undefined) {
      // Kong looks for "no plugin instance" in the error, starts the instance again and repeats the event.
      this.#error(id, fault('NO_INSTANCE', InstanceId).message)
      return
    }
    const eventId = this.#shared.nextId()
    if (!isPhase(phase) || instance.plugin.phases[phase] === undefined) {
      this.#replyToEvent(id, eventId, undefined)
      if (this.#draining) this.#endBehindEvent()
      return
    }
    const event = new MsgpackEvent(this.#runtime, eventId, this.#shared.forget)
    this.#shared.live.add(event)
    this.#owe(id, event)
    this.#runtime.runEvent(instance, phase, event)
  }

  #step(id: number, step: Members, method: string): void {
    const { EventId, Data } = step
    const event = this.#shared.live.get(Number(EventId))
    if (event === undefined) {
      if (!this.#forward(id, step, method)) this.#lost(id, EventId)
      return
    }
    if (event.owes) {
      this.#refuseStep(id, EventId, 'whose last step has no answer yet: this step is refused')
      return
    }
    this.#owe(id, event)
    if (method === 'plugin.StepError') event.fail(String(Data))
    else event.answer(Data)
  }

  /** The event began in another process of this server, which is asked; the answer goes out here. */
  #forward(id: number, argument: Members, method: string): boolean {
    const { EventId } = argument
    const answer = (result: unknown): void => {
      this.#forwarded--
      if (result === undefined) {
        this.#lost(id, EventId)
        return
      }
      this.#reply(id, result)
      if (this.#draining && members(result).Data === 'ret') this.#endBehindEvent()
    }
    const { sharing } = this.#runtime
    if (sharing?.forward({ eventId: Number(EventId), method, argument }, answer) !== true) return false
    this.#forwarded++
    return true
  }

  /**
   * A step of an event that is not here: it was given up, or began in another process. An error reply would let
   * the request pass without the plugin, so it is answered in the plugin's stead.
   */
  #lost(id: number, eventId: unknown): void {
    this.#refuseStep(id, eventId, 'which is not open here: it ends now')
  }

  #refuseStep(id: number, eventId: unknown, why: string): void {
    const answer = this.#runtime.lostEventAnswer
    this.#runtime.log.warn(`Kong goes on with event ${String(eventId)}, ${why}`)
    this.#replyToEvent(id, eventId, answer as Call | undefined)
    if (this.#draining) this.#endBehindEvent()
  }

  #owe(id: number, event: MsgpackEvent): void {
    this.#owed.add(event)
    event.askedBy(this, id)
  }

  #status(instance: Instance): Record<string, unknown> {
    const { id, plugin, startedAt } = instance
    return { Name: plugin.name, Id: id, Config: undefined, StartTime: startedAt }
  }

  #serverStatus(): Record<string, unknown> {
    const { names } = this.#runtime
    return { Pid: process.pid, Plugins: Object.fromEntries(names.map((name) => [name, { Name: name }])) }
  }

  /**
   * Behind it the connection may end, and behind no other reply: Kong sends an event right behind the start of its
   * instance.
   */
  #replyToEvent(request: number, eventId: unknown, call: Call | undefined): void {
    if (this.#closed) return
    const out = this.#out
    const before = out.length
    try {
      writeEventHead(out, request, eventId)
      if (call === undefined) writeValue(out, 'ret')
      else call.prepared.write(out, call.args)
    } catch (error) {
      out.cutTo(before)
      throw error
    }
    this.#schedule(before)
  }

  #reply(id: number, result: unknown): void {
    const before = this.#out.length
    writeReplyHead(this.#out, id)
    writeValue(this.#out, result)
    this.#schedule(before)
  }

  #error(id: number, error: string): void {
    const before = this.#out.length
    writeError(this.#out, id, error)
    this.#schedule(before)
  }

  #schedule(before: number): void {
    if (before === 0) this.#shared.flusher.add(this)
  }
}

type Members = Readonly<Record<string, unknown>>

function members(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  throw fault('BAD_RPC', `its argument is ${reason(value)} where an object is due`)
}

function text(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value ?? '')
}
