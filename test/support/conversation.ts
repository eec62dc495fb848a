// Reads the recorded conversations into what a replay needs: Kong's messages in order, and the calls between them.
import { readdirSync, readFileSync } from 'node:fs'
import { cutMessages } from './msgpack-oracle.ts'
import { bytesOf, cutFrames, frame, numberOf, readFields } from './protobuf-oracle.ts'

const folder = new URL('../conversations/', import.meta.url)

export type DialectName = 'ProtoBuf:1' | 'MsgPack:1'

/** A call as the recording's `calls` list has it. */
export interface CallRecord {
  readonly phase: string
  readonly method: string
  readonly args: readonly unknown[]
  readonly ret?: unknown
  readonly ret_raw?: unknown
  readonly arg_hex?: string
  readonly outcome?: string
}

/** Something that Kong wrote: one frame or message, with the places inside it where one read ended. */
export interface Sent {
  readonly bytes: Buffer
  readonly cuts: readonly number[]
  /** Where it stands among everything that Kong wrote, on all connections. */
  readonly order: number
}

export interface RecordedCall {
  readonly method: string
  readonly args: readonly unknown[]
  /** The argument message as recorded; ProtoBuf:1 only. */
  readonly argBytes: Buffer
  readonly record: CallRecord
  /** Kong's answer; `undefined` where Kong never answered. */
  readonly reply: Sent | undefined
}

export interface Exchange {
  readonly connection: number
  readonly kind: 'start' | 'close' | 'event'
  readonly command: Sent
  /** `sequence`, or the id of the request. */
  readonly sequence: number
  readonly instanceId: number
  readonly phase: string
  /** The configuration text of a start. */
  readonly config: string
  /** The plugin that a start asks for. */
  readonly pluginName: string
  /** The id that the recorded server gave to the instance, where it gave one. */
  readonly startedId: number | undefined
  /** What the recorded server named its event; MsgPack:1 only. */
  readonly eventId: number | undefined
  readonly calls: readonly RecordedCall[]
}

export interface Conversation {
  readonly title: string
  readonly scenario: string
  readonly dialect: DialectName
  readonly exchanges: readonly Exchange[]
  /** Calls in the recording's list, to see that none was lost on the way here. */
  readonly listedCalls: number
}

interface RawEvent {
  readonly t?: number
  readonly dir?: string
  readonly hex?: string
}

interface RawPart {
  readonly calls: readonly CallRecord[]
  readonly connections: readonly { readonly events: readonly RawEvent[] }[]
}

interface RawFile extends RawPart {
  readonly scenario: string
  readonly protocol: DialectName
  readonly entries?: readonly RawPart[]
}

export function conversationNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort()
}

/** One conversation; a matrix gives one for each of its entries. */
export function loadConversation(name: string): Conversation[] {
  const file = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as RawFile
  const parts = file.entries ?? [file]
  return parts.map((part, index) => {
    const title = file.entries === undefined ? name : `${name}[${index}]`
    const records = [...part.calls]
    const read = file.protocol === 'ProtoBuf:1' ? readProtobuf : readMsgpack
    const exchanges = part.connections.flatMap((connection, at) =>
      read(title, at, connection.events, records),
    )
    if (records.length > 0) throw new Error(`${title}: ${records[0]!.method} is listed, but not in the bytes`)
    return {
      title,
      scenario: name,
      dialect: file.protocol,
      exchanges: exchanges.sort((a, b) => a.command.order - b.command.order),
      listedCalls: part.calls.length,
    }
  })
}

/** A chunk of one direction, cut into whole messages. */
interface Item {
  readonly fromKong: boolean
  readonly sent: Sent
}

/**
 * Joins the chunks of each direction, cuts them into messages, and gives these in the order in which they began.
 */
function itemsOf(events: readonly RawEvent[], cut: (bytes: Buffer) => Buffer[], connection: number): Item[] {
  const items: Item[] = []
  let held: { fromKong: boolean; chunks: Buffer[]; order: number } | undefined
  events.forEach((event, index) => {
    if (event.hex === undefined) return
    const fromKong = event.dir === 'kong>plugin'
    const chunk = Buffer.from(event.hex, 'hex')
    const order = (event.t ?? 0) * 1e6 + connection * 1e3 + index / 1e3
    held =
      held?.fromKong === fromKong
        ? { ...held, chunks: [...held.chunks, chunk] }
        : { fromKong, chunks: [chunk], order }
    const bytes = Buffer.concat(held.chunks)
    const messages = cut(bytes)
    const complete = messages.reduce((sum, message) => sum + message.length, 0)
    if (messages.length === 0) return
    let start = 0
    let seen = 0
    const chunkEnds = held.chunks.map((part) => (seen += part.length))
    for (const message of messages) {
      const end = start + message.length
      const cuts = chunkEnds.filter((at) => at > start && at < end).map((at) => at - start)
      items.push({ fromKong, sent: { bytes: message, cuts, order: held.order + start / 1e6 } })
      start = end
    }
    held = complete < bytes.length ? { fromKong, chunks: [bytes.subarray(complete)], order } : undefined
  })
  return items
}

function readProtobuf(
  title: string,
  connection: number,
  events: readonly RawEvent[],
  records: CallRecord[],
): Exchange[] {
  const exchanges: Exchange[] = []
  const items = itemsOf(events, (bytes) => cutFrames(bytes).frames.map((body) => frame(body)), connection)
  let method: string | undefined
  let calls: RecordedCall[] | undefined
  for (const { fromKong, sent } of items) {
    const body = sent.bytes.subarray(4)
    const last = calls?.at(-1)
    if (fromKong && last !== undefined && last.reply === undefined)
      calls![calls!.length - 1] = { ...last, reply: sent }
    else if (fromKong) {
      calls = []
      exchanges.push(protobufCommand(connection, sent, calls))
    } else if (exchanges.at(-1)?.kind === 'start') {
      const status = bytesOf(readFields(body), 33)
      if (status !== undefined)
        exchanges[exchanges.length - 1] = { ...exchanges.at(-1)!, startedId: numberOf(readFields(status), 2) }
    } else if (exchanges.at(-1)?.kind !== 'event' || calls === undefined) continue
    else if (method === undefined) {
      if (!/^kong\./.test(body.toString())) calls = undefined
      else method = body.toString()
    } else {
      const index = records.findIndex(
        (item) => item.method === method && (item.arg_hex ?? '') === body.toString('hex'),
      )
      const [record] = index < 0 ? [] : records.splice(index, 1)
      if (record === undefined) throw new Error(`${title}: ${method} is not in the list of calls`)
      calls.push({ method, args: record.args.map(plain), argBytes: body, record, reply: undefined })
      method = undefined
    }
  }
  return exchanges
}

const commandKinds: { readonly [number: number]: Exchange['kind'] } = {
  33: 'start',
  35: 'close',
  36: 'event',
}

function protobufCommand(connection: number, command: Sent, calls: RecordedCall[]): Exchange {
  const fields = readFields(command.bytes.subarray(4))
  const { number } = fields.find((field) => field.number !== 1)!
  const kind = commandKinds[number]
  if (kind === undefined) throw new Error(`command ${number}`)
  const inner = readFields(bytesOf(fields, number)!)
  return {
    connection,
    kind,
    command,
    sequence: numberOf(fields, 1),
    instanceId: kind === 'start' ? -1 : numberOf(inner, 1),
    phase: kind === 'event' ? bytesOf(inner, 2)!.toString() : '',
    config: kind === 'start' ? bytesOf(inner, 2)!.toString() : '',
    pluginName: kind === 'start' ? bytesOf(inner, 1)!.toString() : '',
    startedId: undefined,
    eventId: undefined,
    calls,
  }
}

interface Step {
  readonly EventId?: number
  readonly InstanceId?: number
  readonly EventName?: string
  readonly Config?: string
  readonly Name?: string
  readonly Id?: number
  readonly Data?: { readonly Method: string; readonly Args?: readonly unknown[] }
}

function readMsgpack(
  title: string,
  connection: number,
  events: readonly RawEvent[],
  records: CallRecord[],
): Exchange[] {
  const exchanges: Exchange[] = []
  const open = new Map<number, RecordedCall[]>()
  const items = itemsOf(events, cutWhole, connection)
  for (const { fromKong, sent } of items) {
    const { messages } = cutMessages(sent.bytes)
    if (!Array.isArray(messages[0])) continue
    const [type, id, third, fourth] = messages[0] as [number, number, unknown, readonly unknown[]]
    if (fromKong) {
      const argument = fourth[0] as Step
      const method = String(third)
      if (method.startsWith('plugin.Step')) {
        const calls = open.get(argument.EventId!)!
        calls[calls.length - 1] = { ...calls.at(-1)!, reply: sent }
        continue
      }
      const kind =
        method === 'plugin.HandleEvent' ? 'event' : method === 'plugin.StartInstance' ? 'start' : 'close'
      exchanges.push({
        connection,
        kind,
        command: sent,
        sequence: id,
        instanceId: kind === 'close' ? Number(argument) : Number(argument.InstanceId ?? -1),
        phase: argument.EventName ?? '',
        config: argument.Config ?? '',
        pluginName: argument.Name ?? '',
        startedId: undefined,
        eventId: undefined,
        calls: [],
      })
      continue
    }
    if (type !== 1) continue
    const { EventId, Data, Id } = ((fourth as unknown) ?? {}) as Step
    const exchange = exchanges.findIndex((item) => item.sequence === id)
    if (exchanges[exchange]?.kind === 'start' && Id !== undefined)
      exchanges[exchange] = { ...exchanges[exchange]!, startedId: Id }
    if (exchange >= 0 && EventId !== undefined) {
      const calls: RecordedCall[] = []
      open.set(EventId, calls)
      exchanges[exchange] = { ...exchanges[exchange]!, eventId: EventId, calls }
    }
    if (typeof Data !== 'object' || Data === null) continue
    const args = Data.Args ?? []
    const index = records.findIndex(
      (item) => item.method === Data.Method && pairs(item.args.map(plain), args),
    )
    const [record] = index < 0 ? [] : records.splice(index, 1)
    if (record === undefined && Data.Args !== undefined)
      throw new Error(`${title}: ${Data.Method} ${JSON.stringify(args)} is not in the list of calls`)
    const phase = exchanges.find((item) => item.eventId === EventId)?.phase ?? ''
    open.get(EventId!)!.push({
      method: Data.Method,
      args: record === undefined ? args : record.args.map(plain),
      argBytes: Buffer.alloc(0),
      record: record ?? { phase, method: Data.Method, args, ret_raw: '/echo' },
      reply: undefined,
    })
  }
  return exchanges
}

/** Whether two argument lists are the same data, whatever the order of their keys. */
function pairs(a: unknown, b: unknown): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b))
}

function ordered(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(ordered)
  if (Buffer.isBuffer(item)) return { bytes: item.toString('hex') }
  if (typeof item !== 'object' || item === null) return item
  return Object.fromEntries(
    Object.entries(item)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, ordered(member)]),
  )
}

function cutWhole(bytes: Buffer): Buffer[] {
  const { ends } = cutMessages(bytes)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

/** The file's notation for bytes, turned into bytes. */
export function plain(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(plain)
  if (typeof item !== 'object' || item === null) return item
  const { base64, type, data } = item as { base64?: unknown; type?: unknown; data?: unknown }
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  if (type === 'Buffer' && Array.isArray(data)) return Buffer.from(data as number[])
  return Object.fromEntries(Object.entries(item).map(([key, member]) => [key, plain(member)]))
}
