import type { DevState } from '../inspector/api.ts'
import type { RequestSummary } from '../inspector/record.ts'
import { clearRequests, listRequests } from './api.ts'

/** What the page knows, as of now. */
export interface Live {
  readonly connection: 'connecting' | 'open' | 'lost'
  readonly state: DevState | undefined
  /** Whether `requests` are known, be they none. */
  readonly isLoaded: boolean
  /** The newest first. */
  readonly requests: readonly RequestSummary[]
  readonly isPaused: boolean
  /** How many requests came since the pause. */
  readonly waiting: number
}

export interface LiveSource {
  pause(isPaused: boolean): void
  clear(): Promise<void>
  close(): void
}

export const nothingYet: Live = {
  connection: 'connecting',
  state: undefined,
  isLoaded: false,
  requests: [],
  isPaused: false,
  waiting: 0,
}

/** Rows that the page keeps: as many as its server. */
const limit = 200
/** Milliseconds between two paintings of the list, and before a new attempt. */
const [beat, patience] = [40, 1000]

/** Listens to the gateway, again and again where it is lost, and tells `onChange` what is known. */
export function openLive(onChange: (live: Live) => void): LiveSource {
  let live = nothingYet
  let known = new Map<number, RequestSummary>()
  let touched = new Set<number>()
  let events: EventSource
  let isLoaded = false
  let painting: number | undefined
  let retry: number | undefined

  const change = (next: Partial<Live>) => {
    live = { ...live, ...next }
    onChange(live)
  }
  const paint = () => {
    painting = undefined
    const newest = live.requests[0]?.id ?? 0
    if (live.isPaused) return change({ waiting: [...known.keys()].filter((id) => id > newest).length })
    known = new Map([...known].sort(([a], [b]) => b - a).slice(0, limit))
    change({ requests: [...known.values()], waiting: 0, isLoaded })
  }
  const repaint = () => {
    painting ??= window.setTimeout(paint, beat)
  }
  const forget = () => {
    known = new Map()
    change({ requests: [], waiting: 0 })
  }
  const catchUp = async () => {
    touched = new Set()
    const listed = await listRequests()
    const later = [...known].filter(([id]) => touched.has(id))
    known = new Map([...listed.map((request) => [request.id, request] as const), ...later])
    isLoaded = true
    repaint()
  }
  const lose = () => {
    change({ connection: 'lost' })
    if (events.readyState !== EventSource.CLOSED) return // the browser tries again by itself
    window.clearTimeout(retry)
    retry = window.setTimeout(connect, patience)
  }
  const connect = () => {
    events = new EventSource('/api/events')
    events.addEventListener('open', () => {
      change({ connection: 'open' })
      catchUp().catch(() => {
        events.close()
        lose()
      })
    })
    events.addEventListener('error', lose)
    events.addEventListener('state', ({ data }) => change({ state: JSON.parse(data) }))
    events.addEventListener('cleared', forget)
    events.addEventListener('request', ({ data }) => {
      const request: RequestSummary = JSON.parse(data)
      known.set(request.id, request)
      touched.add(request.id)
      repaint()
    })
  }
  connect()
  return {
    pause(isPaused) {
      change({ isPaused })
      if (!isPaused) paint()
    },
    async clear() {
      await clearRequests()
      forget()
    },
    close() {
      events.close()
      window.clearTimeout(painting)
      window.clearTimeout(retry)
    },
  }
}
