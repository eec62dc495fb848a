import { rows } from '../../fake-kong/answers.ts'
import { textOf } from '../../fake-kong/lua.ts'
import type { Outcome, PeerOptions } from '../../fake-kong/peer.ts'
import { createPeer } from '../../fake-kong/peer.ts'
import { PeerError } from '../../fake-kong/peer-error.ts'
import { phasesIn } from '../../fake-kong/phases.ts'
import type { Worker } from '../../fake-kong/worker.ts'
import { createWorld, type World } from '../../fake-kong/world.ts'
import type { Dialect, Phase } from '../../pdk/phases.ts'
import type { DescribedPlugin } from './dump.ts'
import { Failure } from './steps.ts'

/** One event that a plugin is to handle. */
export interface EventToRun {
  readonly phase: Phase
  readonly subsystem: World['subsystem']
  /** Whether Kong buffers the response, as it does for a plugin with a `response` handler. */
  readonly buffered: boolean
}

/** One event for each phase; a plugin with `preread` is for streams, and for requests only with phases of these. */
export function eventsOf({ phases }: DescribedPlugin): EventToRun[] {
  const of = (subsystem: World['subsystem']) =>
    phasesIn(subsystem, phases).map((phase) => ({ phase, subsystem, buffered: phases.includes('response') }))
  const forStreams = phases.includes('preread')
  const forRequests = phases.some(
    (phase) => phase === 'rewrite' || phase === 'access' || phase === 'response',
  )
  return [...(forRequests || !forStreams ? of('http') : []), ...(forStreams ? of('stream') : [])]
}

export function worldFor({ subsystem, buffered }: EventToRun): World {
  const world = createWorld(subsystem === 'stream' ? { subsystem, client: { protocol: 'tcp' } } : {})
  world.upstream.buffered = buffered
  return world
}

/** A plugin at work, with an event that it can be given again and again. */
export interface Worked {
  readonly worker: Worker
  readonly event: EventToRun
}

/** Runs one event of a phase, and says what became of it. A transport that fails is a PeerError. */
export async function runEvent(
  { worker, event }: Worked,
  world: World = worldFor(event),
): Promise<{ words: string; repeats: number }> {
  const outcome = await worker.handle(event.phase, world)
  return { words: judge(outcome, event, world), repeats: outcome.repeats }
}

/** Gives a function that runs the next event, of each plugin in turn. */
export function inTurn(worked: readonly Worked[]): () => ReturnType<typeof runEvent> {
  let turn = 0
  return () => runEvent(worked[turn++ % worked.length] as Worked)
}

/** What became of an event, in words; what must not be is thrown. */
function judge(outcome: Outcome, event: EventToRun, world: World): string {
  const made = `after ${outcome.calls.length} ${outcome.calls.length === 1 ? 'call' : 'calls'}`
  if (outcome.end === 'raised')
    throw new Failure(`Kong raises at its last call, so that the client gets 500: ${outcome.why}`)
  const unknown = outcome.calls.find(({ method }) => !rows.has(method))
  if (unknown !== undefined)
    throw new Failure(
      `it calls ${unknown.method}, which Kong does not have: Kong answers nil and logs an error`,
    )
  const failed = errorLines(world).find((line) => isHandlerFailure(line, event.phase))
  if (outcome.end === 'returned' && failed !== undefined)
    throw new Failure(`the handler failed, and all goes on without it`)
  if (outcome.end === 'returned') return `ended ${made}`
  const { status } = world.response
  if (status === 500) throw new Failure(`exited with 500 ${made}: that is how a failing handler ends`)
  return `exited with ${status} ${made}`
}

/** What it wrote to Kong's own log at level err and above. */
export function errorLines({ log }: World): string[] {
  return log
    .filter(({ level }) => ['err', 'crit', 'alert', 'emerg'].includes(level))
    .map(({ level, parts }) => `kong.log.${level}: ${parts.map(textOf).join('')}`)
}

/** The sentence of this kit's own servers; `onError: 'continue'` and the log phase leave no other trace. */
function isHandlerFailure(line: string, phase: Phase): boolean {
  return [phase, 'init'].some((where) => line.includes(` ${where} (instance `)) && line.includes(') failed: ')
}

/** An id that no server gives: it is unknown to each. */
const noInstance = 2 ** 31 - 2

/** Whether an event of an instance that was never started is answered so that Kong starts it again. */
export async function askUnknown(
  dialect: Dialect,
  socket: string,
  event: EventToRun,
  options: PeerOptions,
): Promise<string> {
  const peer = createPeer(dialect, socket, options)
  const outcome = await peer
    .runPhase(noInstance, event.phase, worldFor(event))
    .catch((error: unknown) => error as Error)
    .finally(() => peer.close())
  if (!(outcome instanceof Error))
    throw new Failure(`it ran an event of an instance that was never started: ${words(outcome)}`)
  if (!(outcome instanceof PeerError)) throw outcome
  if (outcome.fault === 'no-instance') return 'says that there is no such instance, so Kong starts it again'
  if (outcome.fault === 'closed' && dialect === 'ProtoBuf:1')
    return 'closes the connection, so Kong starts the instance again'
  const passes = dialect === 'MsgPack:1' ? ', and Kong lets the request pass without the plugin' : ''
  throw new Failure(`it must say "no plugin instance", but ${outcome.message}${passes}`)
}

function words({ end }: Outcome): string {
  return end === 'returned'
    ? 'the request passes as if the plugin had let it'
    : 'it answered for another configuration'
}
