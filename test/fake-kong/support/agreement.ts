// Runs every recorded request through the fake in the same world, and holds what came of it against the recording.
import type { Scene } from '../../../src/fake-kong/answer.ts'
import { rows } from '../../../src/fake-kong/answers.ts'
import { everywhere, runFlow, runHandshake } from '../../../src/fake-kong/flow.ts'
import { unpacked } from '../../../src/fake-kong/lua.ts'
import { encodeLua } from '../../../src/fake-kong/msgpack/encode.ts'
import { answerStep } from '../../../src/fake-kong/msgpack/peer.ts'
import type { End } from '../../../src/fake-kong/outcome.ts'
import { answerFrame } from '../../../src/fake-kong/protobuf/peer.ts'
import { createWorld, type World } from '../../../src/fake-kong/world.ts'
import type { Recording } from '../worlds/index.ts'
import { canonicalMsgpack, canonicalProtobuf } from './canonical.ts'
import { clientDifference } from './client.ts'
import { echo } from './echo.ts'
import { measuring, withMeasures } from './measured.ts'
import { type RecordedCall, type RecordedRequest, recordedRequests, stepIn } from './recorded.ts'

/** One recorded call, and how the fake differs from it; `undefined` where both agree. */
export interface ComparedCall {
  readonly call: string
  readonly kind: 'answered' | 'exited' | 'raised'
  readonly isMeasured: boolean
  /** Whether Kong's words for the raise were recorded. */
  readonly hasWords: boolean
  readonly difference: string | undefined
}

/** One recorded request as a whole. */
export interface ComparedRequest {
  readonly call: string
  readonly calls: readonly ComparedCall[]
  readonly difference: string | undefined
}

export function compareRecording({ name, world }: Recording): Promise<ComparedRequest[]> {
  const isProtobuf = name.startsWith('pb-')
  return Promise.all(
    recordedRequests(name).map((request) =>
      compareRequest(request, createWorld(withMeasures(world, request)), isProtobuf),
    ),
  )
}

interface Judged {
  readonly end: End | undefined
  readonly difference: string | undefined
}

async function compareRequest(
  request: RecordedRequest,
  world: World,
  isProtobuf: boolean,
): Promise<ComparedRequest> {
  const compare = isProtobuf ? compareFrame : compareStep
  const calls: ComparedCall[] = []
  const ran: string[] = []
  let raised: { index: number } | undefined
  const plugin = everywhere({
    name: 'recorded',
    priority: 1,
    phases: ['certificate', 'rewrite', 'access', 'response', 'preread', 'log'],
    async runPhase(phase, current) {
      ran.push(phase)
      for (const call of request.calls.filter((one) => one.phase === phase)) {
        const { end, difference } = compare({ world: current, phase }, call, request)
        const kind = end === undefined ? 'answered' : (end.end as 'exited' | 'raised')
        if (kind === 'raised') raised = { index: calls.length }
        calls.push({
          call: callText(call),
          kind,
          isMeasured: measuring.has(call.method),
          hasWords: kind === 'raised' && request.kongError !== undefined,
          difference,
        })
        if (end !== undefined) return end
      }
      return { end: 'returned' }
    },
  })
  const goesOn = world.request.scheme !== 'https' || (await runHandshake(world, [plugin]))
  // Where the plugin reads what the service answered, that is taken from the recording.
  const forward = request.calls.some(({ phase }) => phase === 'log') ? () => undefined : echo
  const flow = goesOn ? await runFlow(world, [plugin], { forward }) : { end: 'refused' as const }
  if (raised !== undefined) {
    const { difference, ...rest } = calls[raised.index]!
    calls[raised.index] = { ...rest, difference: difference ?? wordsDifference(world, request) }
  }
  const missing = request.calls.length - calls.length
  return {
    call: callText(request.calls.at(-1)!),
    calls,
    difference:
      missing > 0
        ? `${missing} of the calls were not reached`
        : (phasesDifference(request, ran) ?? clientDifference(request.client, world, flow.end)),
  }
}

function compareFrame(scene: Scene, call: RecordedCall, request: RecordedRequest): Judged {
  const answered = answerFrame(scene, call.method, call.message)
  if (!('frame' in answered)) return ended(answered, call, request)
  if (call.reply === undefined) return { end: undefined, difference: 'Kong gave no answer' }
  const { gives } = rows.get(call.method)!.protobuf!
  if (call.method === 'kong.log.serialize') return sameJson(answered.frame, call.reply)
  return same(canonicalProtobuf(gives, answered.frame), canonicalProtobuf(gives, call.reply))
}

function compareStep(scene: Scene, call: RecordedCall, request: RecordedRequest): Judged {
  const answered = answerStep(scene, call.method, unpacked(call.args))
  if ('end' in answered) return ended(answered, call, request)
  if (call.reply === undefined) return { end: undefined, difference: 'Kong gave no answer' }
  const { step, data } = answered
  const recorded = stepIn(call.reply)
  if (step !== recorded.method) return { end: undefined, difference: `${step} is not ${recorded.method}` }
  // The message's id and the event's id are the recording's own.
  const [message, event] = idsIn(call.reply)
  const ours = encodeLua([0, message, step, [{ EventId: event, ...(data !== undefined && { Data: data }) }]])
  if (call.method === 'kong.log.serialize') return sameJson(ours, call.reply)
  return same(canonicalMsgpack(ours), canonicalMsgpack(call.reply))
}

function same(ours: string, kongs: string): Judged {
  return { end: undefined, difference: ours === kongs ? undefined : `${ours} is not ${kongs}` }
}

/** JSON text inside bytes: the same bytes in some order, and the same JSON. */
function sameJson(ours: Buffer, kongs: Buffer): Judged {
  const bytes = same(Buffer.from(ours).sort().toString('hex'), Buffer.from(kongs).sort().toString('hex'))
  if (bytes.difference !== undefined)
    return { end: undefined, difference: `${jsonIn(ours)} is not ${jsonIn(kongs)}` }
  return same(sortedJson(jsonIn(ours)), sortedJson(jsonIn(kongs)))
}

function jsonIn(bytes: Buffer): string {
  const text = bytes.toString()
  return text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
}

function sortedJson(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, item: unknown) =>
    typeof item !== 'object' || item === null || Array.isArray(item)
      ? item
      : Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))),
  )
}

/** Kong never answers a call that ends the event: whether it exits or raises shows in what the client got. */
function ended(end: End, call: RecordedCall, { client, kongError }: RecordedRequest): Judged {
  if (call.reply !== undefined)
    return { end, difference: `it ${end.end}, and Kong answered: ${end.why ?? ''}` }
  const isExit = call.method === 'kong.response.exit' || call.method === 'kong.response.error'
  const status = client.status === undefined || client.status === call.args[0]
  const kongs = isExit && kongError === undefined && status ? 'exited' : 'raised'
  return {
    end,
    difference: end.end === kongs ? undefined : `it ${end.end}, and Kong ${kongs}: ${end.why ?? ''}`,
  }
}

/** The recorder kept one line, without what follows its first comma or parenthesis. */
function wordsDifference({ log }: World, { kongError }: RecordedRequest): string | undefined {
  if (kongError === undefined) return undefined
  const lines = log.filter(({ by }) => by === 'kong').map(({ parts }) => parts.join(''))
  const kongs = kongError.replace(/ while prereading client data$/, '')
  return lines.some((line) => line.startsWith(kongs)) ? undefined : `"${lines.join('; ')}" is not "${kongs}"`
}

function phasesDifference({ phases }: RecordedRequest, ran: readonly string[]): string | undefined {
  return ran.join() === phases.join() ? undefined : `the phases ${ran.join()} are not ${phases.join()}`
}

function idsIn(reply: Buffer): readonly [number, number] {
  const text = canonicalMsgpack(reply)
  const [, id = '', event = ''] =
    /^\[int\(00\) int\((\w+)\).*str\(a74576656e744964\):int\((\w+)\)/.exec(text) ?? []
  const number = (hex: string) => Number.parseInt(hex.length === 2 ? hex : hex.slice(2), 16)
  return [number(id), number(event)]
}

function callText({ method, args }: RecordedCall): string {
  const text = JSON.stringify(args, (_, item: unknown) => {
    const { type, data } = (item ?? {}) as { type?: string; data?: number[] }
    return type === 'Buffer' ? `<${data?.length} bytes>` : item
  })
  return `${method}(${text.slice(1, -1)})`
}
