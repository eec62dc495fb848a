// Replays a recorded conversation against our server: Kong's recorded bytes go in, and what comes out is compared
// with what the recorded plugin sent.
import type { Phase } from '../../src/pdk/phases.ts'
import type { Handler } from '../../src/plugin/plugin.ts'
import type { Conversation, Exchange, RecordedCall, Sent } from './conversation.ts'
import { type Difference, differenceOf } from './differences.ts'
import { expectedResult } from './expected-result.ts'
import { cutMessages } from './msgpack-oracle.ts'
import { type Output, outputProblem } from './output.ts'
import { bare, type Peer, type Running, run, until } from './server.ts'

/** How Kong's bytes are cut: as they were read, joined as far as turns allow, or one by one. */
export type Cut = 'recorded' | 'joined' | 'bytes' | { readonly at: number }

/** Whether the handler awaits each call, or makes them all and leaves. */
export type Pace = 'turns' | 'ahead'

export interface Outcome {
  readonly compared: number
  readonly listed: readonly Difference[]
  /** Calls that we refuse although Kong answered them in the recording. */
  readonly answered: number
  /** Events whose last call Kong never answered and whose connection stays: nobody will end them. */
  readonly leftOpen: number
}

interface PlannedCall {
  readonly call: RecordedCall
  readonly difference: Difference | undefined
}

interface Step {
  readonly connection: number
  readonly feed: Sent
  readonly outputs: Output[]
  readonly forget: number | undefined
  readonly closes: boolean
}

interface Plan {
  readonly steps: readonly Step[]
  readonly events: readonly { readonly phase: string; readonly calls: readonly PlannedCall[] }[]
  readonly eventIds: readonly number[]
  readonly compared: number
  readonly listed: readonly Difference[]
  readonly answered: number
  readonly leftOpen: number
}

/** What the handlers saw, one list for each event. */
type Seen = { readonly planned: PlannedCall; readonly value?: unknown; readonly error?: unknown }[]

export async function replay(
  conversation: Conversation,
  cut: Cut = 'recorded',
  pace: Pace = 'turns',
): Promise<Outcome> {
  const sum = { compared: 0, listed: [] as Difference[], answered: 0, leftOpen: 0 }
  for (const life of livesOf(conversation)) {
    const plan = planOf(conversation, life, pace)
    const seen: Seen[] = []
    const running = await start(conversation, life, plan, seen, pace)
    try {
      await drive(conversation, running, plan, cut)
      await until(
        () => running.runtime.openEvents === plan.leftOpen,
        () => `${conversation.title}: ${running.runtime.openEvents} events are open, not ${plan.leftOpen}`,
      )
    } finally {
      await running.stop()
    }
    checkResults(conversation, seen, running.lines)
    sum.compared += plan.compared
    sum.listed.push(...plan.listed)
    sum.answered += plan.answered
    sum.leftOpen += plan.leftOpen
  }
  return sum
}

/** Where the recorded server was started anew, a server of ours is too: it knows nothing of earlier instances. */
function livesOf({ scenario, exchanges }: Conversation): (readonly Exchange[])[] {
  if (!scenario.includes('-server-restart')) return [exchanges]
  const first = exchanges[0]!.connection
  return [
    exchanges.filter((item) => item.connection === first),
    exchanges.filter((item) => item.connection !== first),
  ]
}

function planOf(conversation: Conversation, life: readonly Exchange[], pace: Pace): Plan {
  const { dialect } = conversation
  const steps: Step[] = []
  const events: { phase: string; calls: PlannedCall[] }[] = []
  const eventIds: number[] = []
  const listed: Difference[] = []
  let compared = 0
  let answered = 0
  let leftOpen = 0
  const forgotten = forgets(conversation, life)
  const live = new Set(life.some((item) => item.kind === 'start') ? [] : life.map((item) => item.instanceId))
  for (const exchange of life) {
    const { connection, command, sequence, kind, instanceId } = exchange
    const step = (feed: Sent, outputs: Output[], more: Partial<Step> = {}): Step => {
      const made = { connection, feed, outputs, forget: undefined, closes: false, ...more }
      steps.push(made)
      return made
    }
    const name = nameOf(life)
    if (kind === 'start') {
      const id = startedIdOf(exchange, life)
      live.add(id)
      step(command, [{ kind: 'status', sequence, id, name }])
      continue
    }
    if (kind === 'close') {
      live.delete(instanceId)
      step(command, [{ kind: 'status', sequence, id: instanceId, name }])
      continue
    }
    const forget = forgotten === exchange ? instanceId : undefined
    if (forget !== undefined) live.delete(forget)
    if (!live.has(instanceId)) {
      step(command, [{ kind: 'unknown', sequence, id: instanceId }], { forget })
      continue
    }
    const calls = exchange.calls.map((call) => ({
      call,
      difference: differenceOf(call, conversation, exchange.phase),
    }))
    events.push({ phase: exchange.phase, calls })
    eventIds.push(eventIdOf(exchange, life))
    let current = step(command, [])
    const first = current
    let over = false
    for (const { call, difference } of calls) {
      if (difference === undefined) compared += 1
      else listed.push(difference)
      if (difference?.kind === 'refused' && call.reply !== undefined) answered += 1
      if (difference?.kind === 'absent' || difference?.kind === 'refused') continue
      const other = difference?.kind === 'otherwise' ? difference : undefined
      const from = pace === 'ahead' ? first : current
      from.outputs.push({
        kind: 'call',
        sequence: requestId(conversation, current.feed),
        eventId: eventIdOf(exchange, life),
        method: other?.method ?? call.method,
        argBytes: other?.argBytes ?? call.argBytes,
        args: other?.args ?? call.args,
        instead: other?.args === undefined && other?.argBytes === undefined ? undefined : call,
      })
      const reply =
        other?.reply === undefined ? call.reply : { bytes: other.reply, cuts: [], order: current.feed.order }
      if (reply === undefined) {
        over = true
        break
      }
      current = step(reply, [])
    }
    const ends = calls.at(-1)?.call.method
    const exited = over && /\.(exit|error)$/.test(ends ?? '')
    if (!over || (pace === 'ahead' && !exited))
      (pace === 'ahead' ? first : current).outputs.push({
        kind: 'end',
        sequence: dialect === 'ProtoBuf:1' ? sequence : requestId(conversation, current.feed),
        eventId: eventIdOf(exchange, life),
      })
    const last = steps.at(-1)!
    steps[steps.length - 1] = {
      ...last,
      forget: steps.length - 1 === steps.indexOf(first) ? forget : last.forget,
      closes: over && dialect === 'ProtoBuf:1',
    }
    if (over && !exited && dialect === 'MsgPack:1') leftOpen += 1
  }
  const ordered = steps
    .map((step, index) => ({ step, index }))
    .sort((a, b) => a.step.feed.order - b.step.feed.order || a.index - b.index)
  return { steps: ordered.map(({ step }) => step), events, eventIds, compared, listed, answered, leftOpen }
}

/** The event before which the recorded server forgot its instances. */
function forgets({ scenario }: Conversation, life: readonly Exchange[]): Exchange | undefined {
  return scenario.endsWith('-unknown-instance') ? life.filter((item) => item.kind === 'event')[1] : undefined
}

function nameOf(life: readonly Exchange[]): string {
  return life.find((item) => item.kind === 'start')?.pluginName ?? 'test'
}

/** The recorded id, or one of our own where the recorded server gave none. */
function startedIdOf(exchange: Exchange, life: readonly Exchange[]): number {
  return exchange.startedId ?? 1_000_000 + life.indexOf(exchange)
}

function eventIdOf(exchange: Exchange, life: readonly Exchange[]): number {
  return exchange.eventId ?? 2_000_000 + life.indexOf(exchange)
}

function requestId({ dialect }: Conversation, feed: Sent): number {
  return dialect === 'ProtoBuf:1' ? 0 : Number(cutMessages(feed.bytes).messages[0]![1])
}

async function start(
  conversation: Conversation,
  life: readonly Exchange[],
  plan: Plan,
  seen: Seen[],
  pace: Pace,
): Promise<Running> {
  const waiting = [...plan.events]
  const phases: Record<string, Handler> = {}
  for (const phase of ['certificate', 'rewrite', 'access', 'response', 'preread', 'log'] satisfies Phase[])
    phases[phase] = (kong) => {
      const at = waiting.findIndex((event) => event.phase === phase)
      const [event] = waiting.splice(at, 1)
      return follow(kong, event!.calls, seen, pace)
    }
  const started = life.filter((item) => item.kind === 'start').map((item) => startedIdOf(item, life))
  const before = started.length > 0 ? [] : [...new Set(life.map((item) => item.instanceId))]
  const ids = [...before, ...started]
  let given = 0
  const running = await run(conversation.dialect, bare({ phases }), {
    name: nameOf(life),
    nextInstanceId: () => ids.shift()!,
    nextEventId: () => plan.eventIds[given++]!,
  })
  for (const _ of before) running.runtime.startInstance(nameOf(life), '{}')
  return running
}

/** Makes the recorded calls through the author's API. */
async function follow(kong: unknown, calls: readonly PlannedCall[], all: Seen[], pace: Pace): Promise<void> {
  const seen: Seen = []
  all.push(seen)
  for (const planned of calls) {
    const made = make(kong, planned).then(
      (value) => void seen.push({ planned, value }),
      (error: unknown) => {
        seen.push({ planned, error })
        if ((error as { code?: string }).code === 'EXITED') throw error
      },
    )
    if (pace === 'turns') await made
    else made.catch(() => undefined)
  }
}

class Absent extends Error {}

/** A call in the author's spelling; what throws at once counts as rejected. */
async function make(kong: unknown, { call }: PlannedCall): Promise<unknown> {
  const path = call.method
    .split('.')
    .map((word) => word.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
  let owner: unknown
  let target: unknown = kong
  for (const word of path.slice(1)) {
    owner = target
    target = (target as Record<string, unknown> | undefined)?.[word]
  }
  if (typeof target !== 'function') throw new Absent(path.join('.'))
  return await Reflect.apply(
    target,
    owner,
    call.args.map((arg) => arg ?? undefined),
  )
}

async function drive(conversation: Conversation, running: Running, plan: Plan, cut: Cut): Promise<void> {
  const peers = new Map<number, Peer>()
  const wanted = new Map<number, Output[]>()
  let written = 0
  let held: Buffer = Buffer.alloc(0)
  const { dialect } = conversation
  for (const [index, step] of plan.steps.entries()) {
    const { connection, feed, outputs } = step
    const peer = peers.get(connection) ?? (await running.connect())
    peers.set(connection, peer)
    const all = wanted.get(connection) ?? []
    wanted.set(connection, all)
    if (step.forget !== undefined) await running.runtime.instances.close(step.forget)
    all.push(...outputs)
    const next = plan.steps[index + 1]
    const quiet = outputs.every((output) => output.kind !== 'call')
    held = Buffer.concat([held, feed.bytes])
    if (
      cut === 'joined' &&
      quiet &&
      next?.connection === connection &&
      next.forget === undefined &&
      !step.closes
    )
      continue
    for (const piece of pieces(held, cut, feed.cuts, written)) {
      peer.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    written += held.length
    held = Buffer.alloc(0)
    await peer.waitFor(
      all.reduce((sum, output) => sum + unitsOf(output, dialect), 0),
      conversation.title,
    )
    if (step.closes) peer.socket.end()
  }
  for (const [connection, peer] of peers) {
    const problem = outputProblem(dialect, wanted.get(connection)!, peer)
    if (problem !== undefined) throw new Error(`${conversation.title}: ${problem}`)
  }
}

function unitsOf(output: Output, dialect: Conversation['dialect']): number {
  return dialect === 'MsgPack:1' || output.kind === 'status' ? 1 : 2
}

function pieces(bytes: Buffer, cut: Cut, recorded: readonly number[], written: number): Buffer[] {
  if (cut === 'bytes') return [...bytes].map((byte) => Buffer.of(byte))
  const at =
    cut === 'joined'
      ? []
      : cut === 'recorded'
        ? recorded
        : [cut.at - written].filter((here) => here > 0 && here < bytes.length)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

function checkResults(
  { title, dialect }: Conversation,
  all: readonly Seen[],
  lines: readonly string[],
): void {
  for (const seen of all)
    for (const { planned, value, error } of seen) {
      const { call, difference } = planned
      const where = `${title}: ${call.method} ${JSON.stringify(call.args)}`
      const code = (error as { code?: string } | undefined)?.code
      if (difference?.kind === 'absent') {
        if (!(error instanceof Absent)) throw new Error(`${where} exists here`)
      } else if (difference?.kind === 'refused') {
        const { message } = (error ?? { message: 'nothing was thrown' }) as Error
        const missing = difference.says.filter((word) => !message.includes(word))
        if (code !== difference.code || missing.length > 0)
          throw new Error(
            `${where} should be refused as ${difference.code} naming ${difference.says.join()}: ${message}`,
          )
      } else if (difference?.kind === 'otherwise' && 'fails' in difference) {
        if (code !== difference.fails)
          throw new Error(`${where} should fail as ${difference.fails}: ${String(error)}`)
      } else if (
        call.reply === undefined &&
        !(difference?.kind === 'otherwise' && difference.reply !== undefined)
      ) {
        const due = /\.(exit|error)$/.test(call.method) ? 'EXITED' : 'CONNECTION_LOST'
        if (code !== due) throw new Error(`${where} should end as ${due}: ${String(error)}`)
      } else {
        if (error !== undefined) throw new Error(`${where} failed: ${String(error)}`)
        const due =
          difference?.kind === 'otherwise' && 'result' in difference
            ? difference.result
            : expectedResult(call.record, dialect)
        if (!same(value, due))
          throw new Error(`${where} gave ${JSON.stringify(value)}, not ${JSON.stringify(due)}`)
      }
    }
  const errors = lines.filter((line) => line.startsWith('error'))
  if (errors.length > 0) throw new Error(`${title} logged ${errors.join('\n')}`)
}

/** Equality of data, whatever the order of keys. */
function same(actual: unknown, expected: unknown): boolean {
  return comparable(actual) === comparable(expected)
}

function comparable(item: unknown): string {
  return JSON.stringify(normal(item)) ?? 'undefined'
}

/** The request's header x-bin, bytes c3 28 ff 41, as the recorders of the two dialects misread it. */
const misread = ['\u00e8\u00ffA', '\ufffd(\ufffdA']

function normal(item: unknown): unknown {
  if (typeof item === 'string') return misread.includes(item) ? '\udcc3(\udcffA' : item
  if (Buffer.isBuffer(item)) return { bytes: item.toString('hex') }
  if (Array.isArray(item)) return item.map(normal)
  if (typeof item !== 'object' || item === null) return item
  return Object.fromEntries(
    Object.entries(item)
      .map(([key, member]) => [normal(key) as string, normal(member)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
