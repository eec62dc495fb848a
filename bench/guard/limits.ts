/** What doing something once costs. */
export interface Figures {
  /** Bytes allocated on V8's heap. */
  readonly heap: number
  /** Bytes allocated for buffers. */
  readonly buffers: number
  /** Tokens of the code that run. */
  readonly steps: number
  /** Writes to the connection. */
  readonly writes: number
}

/** What each hot path was found to cost, by its name. */
export type Limits = Readonly<Record<string, Figures>>

export interface Verdict {
  /** What costs more than it may. */
  readonly failures: readonly string[]
  /** What costs so much less that its limit says little. */
  readonly notes: readonly string[]
}

/** By how much a figure may pass its limit: a share of it, and for small ones so many. */
const measures: readonly { figure: keyof Figures; words: string; share: number; few: number }[] = [
  { figure: 'heap', words: 'bytes of heap', share: 0.1, few: 16 },
  { figure: 'buffers', words: 'bytes of buffers', share: 0.1, few: 16 },
  { figure: 'steps', words: 'steps', share: 0.1, few: 16 },
  { figure: 'writes', words: 'writes', share: 0, few: 0 },
]

/** How a hot path's figures keep to its limits. */
export function judge(name: string, found: Figures | undefined, limits: Figures | undefined): Verdict {
  if (found === undefined)
    return { failures: [`limits.json has limits for ${name}, which is not measured: ${renew}`], notes: [] }
  if (limits === undefined) return { failures: [`${name} has no limits: ${renew}`], notes: [] }
  const failures: string[] = []
  const notes: string[] = []
  for (const { figure, words, share, few } of measures) {
    const [now, limit] = [found[figure], limits[figure]]
    const most = Math.max(limit * (1 + share), limit + few)
    const least = Math.min(limit * (1 - share), limit - few)
    if (now > most)
      failures.push(
        `${name} takes ${show(now)} ${words}, more than ${show(Math.floor(most))}${share > 0 ? `, its limit of ${show(limit)} and ${share * 100} %` : ''}: ${undo}, or ${renew}, and say in the commit why`,
      )
    if (now < least)
      notes.push(`Note: ${name} takes ${show(now)} ${words}, less than its limit of ${show(limit)}: ${renew}`)
  }
  return { failures, notes }
}

const undo = 'find what was added'
const renew = 'renew the limits with make bench-guard RENEW=1'

function show(count: number): string {
  return count.toLocaleString('en-US')
}
