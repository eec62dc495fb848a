import type { World } from '../../fake-kong/world.ts'
import { createExcerpts } from './excerpts.ts'
import { LiveRecording } from './live-recording.ts'
import type { RecordedRequest, RequestSummary } from './record.ts'
import type { Recorder } from './recorder.ts'
import { type RequestRecord, shownRequest } from './request-record.ts'

export interface RecorderOptions {
  /** Requests that are kept: the oldest goes when another comes. Default 200. */
  readonly most?: number
  /** Hears whenever the summary of a request has changed. */
  readonly onChange?: (summary: RequestSummary) => void
  /** The path of a source file as a stack names it; undefined for a file that is not to be read. */
  readonly resolveSource: (name: string) => string | undefined
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number
}

/** The requests that were recorded. */
export interface Records {
  /** The newest first. */
  list(): readonly RequestSummary[]
  get(id: number): RecordedRequest | undefined
  /** Forgets all of them; those under way are not shown any more. */
  clear(): void
  /** Hears of every change, until the function that it gives is called. */
  subscribe(listener: RecordsListener): () => void
}

export type RecordsListener = (change: RequestSummary | 'cleared') => void

/** Keeps what happens to the latest requests; nothing that it does can fail a request. */
export function createRecorder(options: RecorderOptions): Recorder & Records {
  const { most = 200, onChange, resolveSource, now = clock } = options
  const excerptOf = createExcerpts(resolveSource)
  const recordings = new WeakMap<World, LiveRecording>()
  const kept = new Map<number, RequestRecord>()
  const listeners = new Set<RecordsListener>()
  if (onChange !== undefined) listeners.add((change) => change !== 'cleared' && onChange(change))
  let lastId = 0

  function tell(change: RequestSummary | 'cleared'): void {
    for (const listener of listeners)
      try {
        listener(change)
      } catch {
        // A listener that fails is no reason to fail the request.
      }
  }

  function changed(record: RequestRecord): void {
    if (kept.has(record.summary.id)) tell({ ...record.summary })
  }

  return {
    begin(world, kind) {
      const id = ++lastId
      const recording = new LiveRecording(world, { id, kind, now, excerptOf, onChange: changed })
      recordings.set(world, recording)
      kept.set(id, recording.record)
      for (const [oldest] of kept) {
        if (kept.size <= most) break
        kept.delete(oldest)
      }
      changed(recording.record)
      return recording
    },
    of: (world) => recordings.get(world),
    async before(world) {
      recordings.get(world)?.beginCall()
      return undefined
    },
    after: (world, _phase, call) => recordings.get(world)?.endCall(call),
    list: () => [...kept.values()].reverse().map(({ summary }) => ({ ...summary })),
    get(id) {
      const record = kept.get(id)
      return record && shownRequest(record)
    },
    clear() {
      kept.clear()
      tell('cleared')
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Finer than `Date.now`. */
function clock(): number {
  return performance.timeOrigin + performance.now()
}
