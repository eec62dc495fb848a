import type {
  RecordedCall,
  RecordedFailure,
  RecordedHandler,
  RecordedRequest,
  RecordedSent,
} from '../inspector/record.ts'

/** Calls of a handler that came in one round trip. */
export interface Trip {
  readonly number: number
  readonly calls: readonly RecordedCall[]
}

/** A handler's calls by round trip, in the order in which they came. */
export function listTrips(calls: readonly RecordedCall[]): readonly Trip[] {
  const trips: { number: number; calls: RecordedCall[] }[] = []
  for (const call of calls) {
    const last = trips.at(-1)
    if (last?.number === call.trip) last.calls.push(call)
    else trips.push({ number: call.trip, calls: [call] })
  }
  return trips
}

/** Handlers, and between them the service, in the order in which they began. */
export type Row =
  | { readonly kind: 'handler'; readonly handler: RecordedHandler }
  | { readonly kind: 'service'; readonly sent: RecordedSent }

export function listRows({ handlers, sent }: Pick<RecordedRequest, 'handlers' | 'sent'>): readonly Row[] {
  const rows = handlers.map((handler): Row => ({ kind: 'handler', handler }))
  if (sent === undefined) return rows
  const before = handlers.filter(({ at }) => at <= sent.at).length
  return rows.toSpliced(before, 0, { kind: 'service', sent })
}

/** How a handler ended, in words, and whether that is bad. */
export function endOf(
  { plugin, phase, end }: Pick<RecordedHandler, 'plugin' | 'phase' | 'end'>,
  failures: readonly Pick<RecordedFailure, 'plugin' | 'phase'>[],
): { readonly words: string; readonly isBad: boolean } {
  const threw = failures.some((failure) => failure.plugin === plugin && failure.phase === phase)
  if (threw && end !== undefined) return { words: 'threw', isBad: true }
  return { words: end === undefined ? 'still running' : ends[end], isBad: end === 'raised' }
}

const ends = { returned: 'returned', exited: 'answered the request', raised: 'raised' }

/** Milliseconds from the request's begin to the end of all that is known of it. */
export function spanOf(request: Pick<RecordedRequest, 'duration' | 'handlers' | 'logs'>): number {
  const ends = request.handlers.flatMap(({ at, took, calls }) => [
    at + (took ?? 0),
    ...calls.map((call) => call.at + call.took),
  ])
  return Math.max(request.duration ?? 0, ...ends, 0.1)
}

/** Where a bar lies on the scale: parts of 1. */
export function barOf(at: number, took: number | undefined, span: number): { from: number; width: number } {
  const from = Math.min(Math.max(at / span, 0), 1)
  return { from, width: took === undefined ? 1 - from : Math.min(took / span, 1 - from) }
}

/** Round times for the scale, about five of them. */
export function listTicks(span: number): readonly number[] {
  const rough = span / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step)
}
