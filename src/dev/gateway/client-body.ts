import { createReadStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { World } from '../../fake-kong/world.ts'
import type { Recording } from '../inspector/recorder.ts'
import { pump } from './pump.ts'
import { Spool } from './spool.ts'

/** Bytes of a body that nginx keeps in memory; a longer one goes into a file. */
const bufferSize = 8192

/** The body of a client's request: it is taken from the connection only when somebody wants it. */
export class ClientBody {
  /** In bytes, of what was taken. */
  size = 0
  /** Whether a part of what was loaded is missing, as the client has left. */
  isCut = false
  readonly #request: IncomingMessage
  readonly #recording: Recording
  readonly #goOn: () => void
  #loading: Promise<void> | undefined
  #isTaken = false
  #spool: Spool | undefined

  /** `goOn` tells the client to send it, where the client waits for that. */
  constructor(request: IncomingMessage, recording: Recording, goOn: () => void) {
    this.#request = request
    this.#recording = recording
    this.#goOn = goOn
  }

  /** Puts it into the world, whole: a long one as a file. */
  load(world: World): Promise<void> {
    this.#loading ??= this.#load(world)
    return this.#loading
  }

  /** Writes what goes to the service, and ends it; gives whether all of it was there. */
  async send(world: World, sink: Writable): Promise<boolean> {
    const { isStreamed, request } = world.upstream
    // nginx has all of it before it lets a plugin put another in its place.
    if (!isStreamed && !(await this.#skip())) return false
    if (!isStreamed && request.bodyFile === undefined) {
      sink.end(request.body)
      return true
    }
    const source = isStreamed ? this.#take() : createReadStream(request.bodyFile as string)
    const end = await pump(source, sink, (bytes) => {
      if (isStreamed) this.#pass(bytes)
      this.#recording.pass('sent', bytes)
    })
    if (end === 'ended') sink.end()
    else if (isStreamed) source.resume()
    else source.destroy()
    return end !== 'source'
  }

  /** Lets the client go on with what nobody wants, as it may not listen before it is done. */
  discard(): void {
    if (this.#isTaken) return
    this.#take().on('data', (bytes: Buffer) => this.#pass(bytes))
  }

  async end(): Promise<void> {
    await this.#loading
    await this.#spool?.remove()
  }

  async #load(world: World): Promise<void> {
    const { upstream } = world
    if (!upstream.isStreamed || this.#isTaken) return
    const parts: Buffer[] = []
    try {
      for await (const bytes of this.#take()) await this.#keep(bytes as Buffer, parts)
    } catch {
      this.isCut = true
    }
    const body = Buffer.concat(parts)
    await this.#spool?.close()
    for (const request of [world.request, upstream.request]) {
      request.body = body
      request.bodyFile = this.#spool?.path
    }
    upstream.isStreamed = false
  }

  async #keep(bytes: Buffer, parts: Buffer[]): Promise<void> {
    this.size += bytes.length
    parts.push(bytes)
    if (this.#spool === undefined && this.size <= bufferSize) return
    this.#spool ??= await Spool.create()
    for (const part of parts.splice(0)) {
      this.#recording.pass('came', part)
      await this.#spool.write(part)
    }
  }

  /** Gives whether it came to its end. */
  async #skip(): Promise<boolean> {
    if (this.#isTaken) return true
    this.discard()
    return finished(this.#request).then(
      () => true,
      () => false,
    )
  }

  #take(): IncomingMessage {
    this.#isTaken = true
    this.#goOn()
    return this.#request
  }

  #pass(bytes: Buffer): void {
    this.size += bytes.length
    this.#recording.pass('came', bytes)
  }
}
