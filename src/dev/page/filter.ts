import type { RequestSummary } from '../inspector/record.ts'

export const statusClasses = ['all', '2xx', '3xx', '4xx', '5xx', 'failed', 'running'] as const

export interface Filter {
  /** Words that must all occur. */
  readonly text: string
  readonly status: (typeof statusClasses)[number]
}

export const everything: Filter = { text: '', status: 'all' }

/** Whether a request is shown. */
export function passes(request: RequestSummary, { text, status }: Filter): boolean {
  return isOfClass(request, status) && hasWords(request, text)
}

function isOfClass({ status, failed, state }: RequestSummary, wanted: Filter['status']): boolean {
  if (wanted === 'all') return true
  if (wanted === 'failed') return failed
  if (wanted === 'running') return state === 'running'
  return status !== undefined && Math.floor(status / 100) === Number(wanted[0])
}

function hasWords(request: RequestSummary, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const { method, url, host, status, kind, route, consumer, plugins, requestId, state } = request
  const facts = [method, url, host, status, kind, route, consumer, ...plugins, requestId, state]
  const own = facts.join(' ').toLowerCase()
  return words.every((word) => own.includes(word))
}
