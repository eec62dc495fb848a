import { type Connection, Pool, type Take } from './connection.ts'
import { type Answers, answerOf, type Call, type Outcome, type Peer } from './peer.ts'
import { anyOf, bytesOf, fieldsOf, listOf, message, numberOf, structOf, textOf } from './protobuf.ts'

/** Kong's side of ProtoBuf:1. */
export class ProtobufPeer implements Peer {
  readonly #pool: Pool
  #sequence = 1

  constructor(path: string) {
    this.#pool = new Pool(path)
  }

  async startInstance(name: string, config: object): Promise<number> {
    const start = message([1, name], [2, JSON.stringify(config)])
    const status = await this.#command([33, start])
    return numberOf(bytesOf(status, 33), 2)
  }

  async closeInstance(id: number): Promise<void> {
    await this.#command([35, message([1, id])])
  }

  async handleEvent(
    id: number,
    phase: string,
    answers: Answers,
    watch: (call: Call) => void = () => {},
  ): Promise<Outcome> {
    const connection = await this.#pool.take()
    const sequence = this.#send(connection, [36, message([1, id], [2, phase])])
    const calls: Call[] = []
    for (;;) {
      const method = String(await connection.read(frame))
      const body = await connection.read(frame)
      if (method === '') {
        checkSequence(body, sequence)
        this.#pool.put(connection)
        return { calls }
      }
      if (method === 'kong.response.exit') {
        connection.end()
        return { calls, exit: exitOf(body) }
      }
      const shape = shapes[method]
      if (shape === undefined) throw new Error(`The plugin called ${JSON.stringify(method)}`)
      const args = shape.args(body)
      const result = answerOf(answers, method, args)
      const call = { method, args, result }
      calls.push(call)
      watch(call)
      connection.write(framed(shape.result(result)))
    }
  }

  end(): void {
    this.#pool.end()
  }

  async #command(command: [number, Buffer]): Promise<Buffer> {
    const connection = await this.#pool.take()
    const sequence = this.#send(connection, command)
    const answer = await connection.read(frame)
    checkSequence(answer, sequence)
    this.#pool.put(connection)
    return answer
  }

  #send(connection: Connection, command: [number, Buffer]): number {
    const sequence = ++this.#sequence
    connection.write(framed(message([1, sequence], command)))
    return sequence
  }
}

const frame: Take<Buffer> = (bytes) => {
  const end = bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + bytes.readUInt32LE(0)
  return bytes.length < end ? undefined : { message: bytes.subarray(4, end), rest: bytes.subarray(end) }
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([length, body])
}

function checkSequence(answer: Buffer, sequence: number): void {
  const echoed = numberOf(answer, 1)
  if (echoed !== sequence) throw new Error(`The plugin answered command ${echoed}, but Kong sent ${sequence}`)
}

interface Shape {
  readonly args: (body: Buffer) => unknown[]
  readonly result: (result: unknown) => Buffer
}

/** Names with one text each, as a google.protobuf.Struct. */
const struct = (result: unknown) =>
  message(
    ...Object.entries(result as Record<string, string>).map(([name, value]): [number, Buffer] => [
      1,
      message([1, name], [2, message([3, value])]),
    ]),
  )
const none = () => []
const text = (body: Buffer) => [textOf(body, 1)]
const keyAndValue = (body: Buffer) => [textOf(body, 1), anyOf(bytesOf(body, 2))]
const nothing = () => Buffer.alloc(0)
const consumer = (result: unknown) => {
  const { id, username } = (result ?? {}) as { id?: string; username?: string }
  return message([1, id], [3, username])
}
/** Kong sends an empty frame both for nil and for an empty string. */
const one = (result: unknown) => {
  if (result === undefined || result === '') return nothing()
  return message([1, Buffer.isBuffer(result) || typeof result === 'number' ? result : String(result)])
}

/** How each function that the examples use goes over the wire. */
const shapes: Readonly<Record<string, Shape>> = {
  'kong.client.authenticate': { args: (body) => [entity(body, 1), entity(body, 2)], result: nothing },
  'kong.client.get_consumer': { args: none, result: consumer },
  'kong.client.get_forwarded_ip': { args: none, result: one },
  'kong.client.load_consumer': {
    args: (body) => [textOf(body, 1), numberOf(body, 2) === 1],
    result: consumer,
  },
  'kong.log.err': { args: listOf, result: nothing },
  'kong.log.notice': { args: listOf, result: nothing },
  'kong.log.warn': { args: listOf, result: nothing },
  'kong.log.serialize': { args: none, result: one },
  'kong.request.get_header': { args: text, result: one },
  'kong.request.get_headers': { args: none, result: struct },
  'kong.request.get_method': { args: none, result: one },
  'kong.request.get_path': { args: none, result: one },
  'kong.request.get_query': { args: none, result: struct },
  'kong.request.get_raw_body': { args: none, result: one },
  'kong.response.clear_header': { args: text, result: nothing },
  'kong.response.get_header': { args: text, result: one },
  'kong.response.get_headers': { args: none, result: struct },
  'kong.response.get_status': { args: none, result: one },
  'kong.response.set_header': { args: keyAndValue, result: nothing },
  'kong.service.request.clear_header': { args: text, result: nothing },
  'kong.service.request.set_header': { args: keyAndValue, result: nothing },
  'kong.service.request.set_raw_body': { args: (body) => [String(bytesOf(body, 1))], result: nothing },
  'kong.service.response.get_raw_body': { args: none, result: one },
}

function exitOf(body: Buffer): NonNullable<Outcome['exit']> {
  return {
    status: numberOf(body, 1),
    body: String(bytesOf(body, 2)),
    headers: structOf(bytesOf(body, 3)),
  }
}

/** The text members of a consumer or a credential, by field number. */
function entity(body: Buffer, number: number): Record<string, string> {
  const fields = fieldsOf(bytesOf(body, number))
  return Object.fromEntries([...fields].map(([field, values]) => [field, String(values.at(-1))]))
}
