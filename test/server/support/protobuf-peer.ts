import { Connection } from './connection.ts'

/** Kong's side of ProtoBuf:1, with an encoder of its own: nothing of the code under test is used here. */
export class ProtobufPeer extends Connection {
  #sequence = 1

  static connect(path: string): Promise<ProtobufPeer> {
    return new ProtobufPeer(path).connected()
  }

  /** The next frame, or undefined when the connection ends before it. */
  async frame(): Promise<Buffer | undefined> {
    for (;;) {
      const length = this.bytes.length < 4 ? undefined : this.bytes.readUInt32LE(0)
      if (length !== undefined && this.bytes.length >= 4 + length) {
        const body = this.bytes.subarray(4, 4 + length)
        this.bytes = this.bytes.subarray(4 + length)
        return body
      }
      if (this.closed) return undefined
      await this.news()
    }
  }

  /** Starts an instance and gives its id. */
  async start(name: string, config: object): Promise<number> {
    const body = Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(JSON.stringify(config)))])
    this.socket.write(framed(Buffer.concat([varintField(1, ++this.#sequence), field(33, body)])))
    const reply = await this.frame()
    if (reply === undefined) throw new Error('the connection ended before the instance was there')
    const status = fieldsOf(reply).get(33) as Buffer
    return Number(fieldsOf(status).get(2))
  }

  /** Closes an instance and waits for the answer. */
  async closeInstance(instance: number): Promise<void> {
    this.socket.write(
      framed(Buffer.concat([varintField(1, ++this.#sequence), field(35, varintField(1, instance))])),
    )
    if ((await this.frame()) === undefined)
      throw new Error('the connection ended before the instance was closed')
  }

  handle(instance: number, phase: string): void {
    this.socket.write(this.handleBytes(instance, phase))
  }

  handleBytes(instance: number, phase: string): Buffer {
    const body = Buffer.concat([varintField(1, instance), field(2, Buffer.from(phase))])
    return framed(Buffer.concat([varintField(1, ++this.#sequence), field(36, body)]))
  }

  /**
   * Answers the calls of one event and gives them as `method argument-hex`; the last is "end" after an ordinary
   * end, "closed" when the connection ended first. `kong.response.exit` ends the connection, as it does in Kong.
   */
  async finish(answer: (method: string) => Buffer = () => Buffer.alloc(0)): Promise<string[]> {
    const calls: string[] = []
    for (;;) {
      const method = (await this.frame())?.toString()
      if (method === undefined) return [...calls, 'closed']
      const body = await this.frame()
      if (body === undefined) return [...calls, 'closed']
      if (method === '') {
        if (fieldsOf(body).get(1) !== this.#sequence) throw new Error('the sequence is not echoed')
        return [...calls, 'end']
      }
      calls.push(`${method} ${body.toString('hex')}`)
      if (method === 'kong.response.exit') {
        this.socket.destroy()
        return calls
      }
      this.socket.write(framed(answer(method)))
    }
  }

  async event(instance: number, phase: string, answer?: (method: string) => Buffer): Promise<string[]> {
    this.handle(instance, phase)
    return this.finish(answer)
  }
}

/** The message `String`, as Kong answers `get_header`. */
export const stringReply = (text: string): Buffer => field(1, Buffer.from(text))

export function framed(body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  return Buffer.concat([head, body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

const varintField = (number: number, value: number): Buffer =>
  Buffer.concat([varint(number * 8), varint(value)])
const field = (number: number, body: Buffer): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(body.length), body])

/** Numbers and byte strings of a message, by field number. */
function fieldsOf(message: Buffer): Map<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>()
  let at = 0
  const next = (): number => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(value)
    }
  }
  while (at < message.length) {
    const tag = next()
    const value = next()
    if (tag % 8 === 0) fields.set(Math.floor(tag / 8), value)
    else {
      fields.set(Math.floor(tag / 8), message.subarray(at, at + value))
      at += value
    }
  }
  return fields
}
