import { fault, KongPluginError, reason } from '../../errors.ts'
import { isPhase } from '../../pdk/phases.ts'
import { type Event, type Line, nobody, type Waiting } from '../../plugin/event.ts'
import type { Runtime } from '../../plugin/runtime.ts'
import { type ByteReader, ByteWriter } from '../../wire/bytes.ts'
import { FrameDecoder, writeFrame } from '../../wire/frames.ts'
import { type Decoded, decode, encode } from '../../wire/protobuf.ts'
import type { Protocol, Session, Wire } from '../dialect.ts'
import { Flusher } from '../flusher.ts'
import { type PreparedCall, prepare } from './ask.ts'
import { RpcCall, RpcReturn } from './messages.ts'

/** Commands that a peer may send ahead on one connection; Kong itself sends one at a time. */
const commandsAhead = 64

export const protobuf: Protocol = {
  prepare,
  open(runtime) {
    const flusher = new Flusher()
    return {
      createSession: (wire) => new ProtobufSession(runtime, wire, flusher),
      flush: flusher.flush,
    }
  },
}

/**
 * One connection. Kong reads a method, its arguments, answers, and reads on: so calls are sent without waiting,
 * their answers come in order, and the end of the event follows the last call at once (behaviour: "Calls can be
 * pipelined"). A frame answers the oldest unanswered call; when there is none it is a command.
 */
class ProtobufSession implements Session, Line {
  readonly #runtime: Runtime
  readonly #wire: Wire
  readonly #flusher: Flusher
  readonly #decoder: FrameDecoder
  readonly #out = new ByteWriter()
  #scheduled = false
  /** Calls on their way, with who waits for each: from `#answered` to `#asked`; the rest of the lists is kept for later. */
  readonly #calls: PreparedCall[] = []
  readonly #waiting: Waiting[] = []
  #answered = 0
  #asked = 0
  #commands: Decoded[] = []
  #event: Event | undefined
  #sequence = 0
  #closed = false
  #draining = false
  #ended = false

  constructor(runtime: Runtime, wire: Wire, flusher: Flusher) {
    this.#runtime = runtime
    this.#wire = wire
    this.#flusher = flusher
    this.#decoder = new FrameDecoder(runtime.frameLimit)
  }

  drain(): void {
    this.#draining = true
  }

  endIfIdle(stale: boolean): void {
    this.#draining = true
    this.#endWhenDone(stale)
  }

  get unanswered(): string | undefined {
    return this.#answered < this.#asked ? this.#calls[this.#answered]?.row.name : undefined
  }

  receive(chunk: Buffer, length: number): void {
    const decoder = this.#decoder
    decoder.feed(chunk, length)
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      if (this.#answered < this.#asked) this.#answer(frame)
      else if (this.#ended) return
      else if (frame instanceof KongPluginError) throw frame
      else if (this.#event !== undefined) this.#keep(frame)
      else this.#take(frame)
    }
  }

  closed(): void {
    this.#closed = true
    const event = this.#event
    const { unanswered } = this
    this.#event = undefined
    if (unanswered !== undefined) {
      const lost = fault('CONNECTION_LOST', unanswered)
      if (event === undefined) this.#runtime.log.warn(lost.message)
      this.giveUp(lost)
    }
    event?.cut('Kong closed its connection')
    if (event !== undefined) this.#runtime.eventDone(event)
  }

  flush(): void {
    this.#scheduled = false
    if (this.#closed || this.#out.length === 0) return
    this.#wire.write(this.#out.buffer, this.#out.length)
    this.#out.clear()
    this.#endWhenDone()
  }

  #endWhenDone(stale = false): void {
    if (!this.#draining || this.#ended || this.#event !== undefined || this.#out.length > 0) return
    // Answers may still be on their way; half a command is one that Kong is just sending.
    if (this.#answered === this.#asked && !this.#decoder.atBoundary && !stale) return
    this.#ended = true
    this.#wire.end()
  }

  send(prepared: PreparedCall, args: readonly unknown[], waiting: Waiting): void {
    this.#writeCall(prepared, args)
    this.#calls[this.#asked] = prepared
    this.#waiting[this.#asked++] = waiting
  }

  sendLast(prepared: PreparedCall, args: readonly unknown[]): void {
    this.#writeCall(prepared, args)
    this.#finish()
  }

  end(): void {
    const out = this.#out
    out.endFrame(out.beginFrame())
    const start = out.beginFrame()
    out.byte(returnSequenceTag)
    out.varint(this.#sequence)
    out.endFrame(start)
    this.#schedule()
    this.#finish()
  }

  begin(event: Event): void {
    this.#event = event
  }

  giveUp(error: Error): void {
    for (const waiting of this.#waiting.slice(this.#answered, this.#asked)) waiting.reject(error)
  }

  #finish(): void {
    const event = this.#event
    this.#event = undefined
    if (event !== undefined) this.#runtime.eventDone(event)
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#command(next)
  }

  /** A command that came ahead, once nothing stands before it. */
  #next(): Decoded | undefined {
    return this.#event === undefined ? this.#commands.shift() : undefined
  }

  /** Read at once: what is wrong with it must cost the connection here, not the event that ends later. */
  #keep(frame: ByteReader): void {
    if (this.#commands.push(readCommand(frame)) > commandsAhead)
      throw fault('BAD_RPC', 'commands came before the event was over')
  }

  #answer(frame: ByteReader | KongPluginError): void {
    const prepared = this.#calls[this.#answered]!
    const waiting = this.#waiting[this.#answered]!
    this.#waiting[this.#answered++] = nobody
    if (this.#answered === this.#asked) this.#answered = this.#asked = 0
    try {
      if (frame instanceof KongPluginError) throw frame
      waiting.resolve(prepared.read(frame))
    } catch (error) {
      waiting.reject(
        error instanceof KongPluginError && error.code === 'BODY_UNREADABLE'
          ? error
          : fault('REPLY_UNREADABLE', prepared.row.name, reason(error)),
      )
    }
  }

  /** Nearly every command is an event: that one is read without making an object of it. */
  #take(frame: ByteReader): void {
    const start = frame.position
    let sequence = 0
    let instance = 0
    let phase: string | undefined
    while (!frame.done) {
      const tag = frame.varint()
      if (tag === sequenceTag) sequence = frame.signed()
      else if (tag === eventTag) {
        const event = frame.message()
        phase = ''
        while (!event.done) {
          const inner = event.varint()
          if (inner === 0x08) instance = event.signed()
          else if (inner === 0x12) phase = event.word()
          else event.skipField(inner % 8)
        }
      } else {
        phase = undefined
        break
      }
    }
    if (phase !== undefined) {
      this.#handle(sequence, instance, phase)
      return
    }
    frame.back(start)
    this.#command(readCommand(frame))
  }

  #command(call: Decoded): void {
    const sequence = (call.sequence as number | undefined) ?? 0
    const start = call.cmd_start_instance as Decoded | undefined
    const handle = call.cmd_handle_event as Decoded | undefined
    const close = call.cmd_close_instance as Decoded | undefined
    const status = call.cmd_get_instance_status as Decoded | undefined
    if (handle !== undefined)
      this.#handle(sequence, Number(handle.instance_id ?? 0), String(handle.event_name ?? ''))
    else if (start !== undefined) {
      const name = String(start.name ?? '')
      const config = (start.config as Buffer | undefined)?.toString('utf8') ?? ''
      this.#returnStatus(sequence, this.#runtime.startInstance(name, config).id)
    } else if (close !== undefined) {
      const id = Number(close.instance_id ?? 0)
      this.#returnStatus(sequence, id)
      void this.#runtime.instances.close(id)
    } else if (status !== undefined) this.#returnStatus(sequence, Number(status.instance_id ?? 0))
    else if (call.cmd_get_plugin_names !== undefined)
      this.#return({ sequence, plugin_names: { names: this.#runtime.names } })
    else {
      const { name } = call.cmd_get_plugin_info as Decoded
      this.#return({ sequence, plugin_info: this.#pluginInfo(String(name ?? '')) })
    }
  }

  #handle(sequence: number, instanceId: number, phase: string): void {
    const instance = this.#runtime.instanceOf(instanceId)
    this.#sequence = sequence
    if (instance === undefined) this.#unknownInstance(instanceId)
    else if (!isPhase(phase) || instance.plugin.phases[phase] === undefined) this.end()
    else this.#runtime.runEvent(instance, phase, this)
  }

  /**
   * ProtoBuf:1 has no error reply. A method name that holds "no plugin instance" makes Kong start the instance
   * again and repeat the event; so would a closed connection, with less to read in its log.
   */
  #unknownInstance(id: number): void {
    writeFrame(this.#out, Buffer.from(fault('NO_INSTANCE', id).message))
    this.#out.endFrame(this.#out.beginFrame())
    this.#schedule()
  }

  #writeCall(prepared: PreparedCall, args: readonly unknown[]): void {
    const before = this.#out.length
    try {
      this.#out.bytes(prepared.frame)
      const start = this.#out.beginFrame()
      prepared.write(this.#out, args)
      this.#out.endFrame(start)
    } catch (error) {
      this.#out.cutTo(before)
      throw error
    }
    this.#schedule()
  }

  #returnStatus(sequence: number, id: number): void {
    const instance = this.#runtime.instances.get(id)
    const status = instance && {
      name: instance.plugin.name,
      instance_id: id,
      started_at: instance.startedAt,
    }
    this.#return({ sequence, instance_status: status })
  }

  #pluginInfo(plugin: string): Decoded | undefined {
    const described = this.#runtime.describe(plugin)
    if (described === undefined) return undefined
    const { Name, Phases, Version, Priority, Schema } = described
    return {
      name: Name,
      phases: Phases,
      version: Version,
      priority: Priority,
      schema: JSON.stringify(Schema),
    }
  }

  #return(message: Decoded): void {
    const start = this.#out.beginFrame()
    encode(this.#out, RpcReturn, message)
    this.#out.endFrame(start)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    this.#flusher.add(this)
  }
}

const sequenceTag = RpcCall.sequence.number * 8
const eventTag = RpcCall.cmd_handle_event.number * 8 + 2
const returnSequenceTag = RpcReturn.sequence.number * 8

/** A call with one of the commands in it. */
function readCommand(frame: ByteReader): Decoded {
  const call = decode(frame, RpcCall)
  if (Object.keys(call).every((name) => name === 'sequence'))
    throw fault('BAD_RPC', 'it holds no command of ProtoBuf:1')
  return call
}
