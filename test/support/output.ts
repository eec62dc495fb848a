// What our server is expected to send, and how it is compared with what came.
import type { DialectName, RecordedCall } from './conversation.ts'
import { bytesOf, canonicalCall, numberOf, readFields } from './protobuf-oracle.ts'
import type { Peer } from './server.ts'

export type Output =
  | { readonly kind: 'status'; readonly sequence: number; readonly id: number; readonly name: string }
  | { readonly kind: 'unknown'; readonly sequence: number; readonly id: number }
  | { readonly kind: 'end'; readonly sequence: number; readonly eventId: number }
  | {
      readonly kind: 'call'
      readonly sequence: number
      readonly eventId: number
      readonly method: string
      readonly argBytes: Buffer
      readonly args: readonly unknown[]
      /** The recorded call, where ours is meant to differ from it. */
      readonly instead: RecordedCall | undefined
    }

/** The first difference between what was wanted and what came, or `undefined`. */
export function outputProblem(
  dialect: DialectName,
  wanted: readonly Output[],
  peer: Peer,
): string | undefined {
  const due = wanted.flatMap((output) =>
    dialect === 'ProtoBuf:1' ? protobufLines(output) : [msgpackLine(output)],
  )
  const came = dialect === 'ProtoBuf:1' ? describeFrames(peer.frames) : peer.messages.map(describeMessage)
  // Requests that came in one chunk may be answered in any order: their ids tell the replies apart.
  if (dialect === 'MsgPack:1')
    for (const lines of [due, came]) lines.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  for (let index = 0; index < Math.max(due.length, came.length); index++)
    if (due[index] !== came[index]) return `output ${index} is\n  ${came[index]}\nnot\n  ${due[index]}`
  const alike = wanted.find(
    (output) => output.kind === 'call' && output.instead !== undefined && isSame(dialect, output),
  )
  return alike === undefined ? undefined : `a listed difference is none: ${JSON.stringify(alike)}`
}

/** What one recorded plugin sent in place of a message. */
const broken = Buffer.from('ffffff', 'hex')

function isSame(dialect: DialectName, output: Output & { kind: 'call' }): boolean {
  const { method, args, argBytes } = output.instead!
  if (method !== output.method || argBytes.equals(broken)) return false
  return dialect === 'ProtoBuf:1'
    ? canonicalCall(method, argBytes) === canonicalCall(method, output.argBytes)
    : text(args) === text(output.args)
}

function protobufLines(output: Output): string[] {
  if (output.kind === 'status') return [`status ${output.sequence} ${output.id} ${output.name}`]
  if (output.kind === 'unknown') return [`no plugin instance ${output.id}`, 'arguments []']
  if (output.kind === 'end') return ['end', `return ${output.sequence}`]
  return [output.method, `arguments ${canonicalCall(output.method, output.argBytes)}`]
}

/** Frames in our words; which frame follows which says what it is. */
function describeFrames(frames: readonly Buffer[]): string[] {
  let method: string | undefined
  let ended = false
  return frames.map((body) => {
    if (method !== undefined) {
      const line = `arguments ${canonicalCall(method, body)}`
      method = undefined
      return line
    }
    if (ended) {
      ended = false
      const fields = readFields(body)
      return fields.length === 1
        ? `return ${numberOf(fields, 1)}`
        : `return with more: ${body.toString('hex')}`
    }
    if (body.length === 0) {
      ended = true
      return 'end'
    }
    const name = body.toString()
    if (/^(kong\.|no plugin instance )/.test(name)) {
      method = name
      return name
    }
    const fields = readFields(body)
    const status = readFields(bytesOf(fields, 33) ?? Buffer.alloc(0))
    const started = numberOf(status, 4) > 1_600_000_000
    return `status ${numberOf(fields, 1)} ${numberOf(status, 2)} ${bytesOf(status, 1)}${started ? '' : ' without its time'}`
  })
}

function msgpackLine(output: Output): string {
  const { sequence } = output
  if (output.kind === 'status') return `${sequence} status ${output.id} ${output.name}`
  if (output.kind === 'unknown') return `${sequence} error no plugin instance ${output.id}`
  if (output.kind === 'end') return `${sequence} event ${output.eventId} "ret"`
  return `${sequence} event ${output.eventId} ${text({ Method: output.method, Args: output.args })}`
}

function describeMessage(message: readonly unknown[]): string {
  const [type, id, error, result] = message
  if (type !== 1 || message.length !== 4) return `no reply: ${JSON.stringify(message)}`
  if (error !== null) return `${id} error ${String(error)}`
  const { EventId, Data, Id, Name, StartTime } = result as Record<string, unknown>
  if (EventId !== undefined) return `${id} event ${String(EventId)} ${text(Data)}`
  return `${id} status ${String(Id)} ${String(Name)}${Number(StartTime) > 1_600_000_000 ? '' : ' without its time'}`
}

/** Data with its keys sorted and its bytes told from its text. */
function text(item: unknown): string {
  return JSON.stringify(sortedData(item))
}

function sortedData(item: unknown): unknown {
  if (Buffer.isBuffer(item)) return { bin: item.toString('hex') }
  if (Array.isArray(item)) return item.map(sortedData)
  if (typeof item !== 'object' || item === null) return item
  return Object.fromEntries(
    Object.entries(item)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortedData(member)]),
  )
}
