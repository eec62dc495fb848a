import type { Machine } from '../report/results.ts'
import { spread } from '../report/statistics.ts'
import { type MessageName, messageNames } from './messages.ts'

/** What one run found: a file of `bench/results/codecs`. */
export interface Results extends Found {
  readonly schema: 1
  /** When it began, as ISO 8601 in UTC. */
  readonly date: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Settings
}

export interface Settings {
  readonly rounds: number
  /** Of a round, for each. */
  readonly milliseconds: number
}

export interface Found {
  readonly series: readonly Measured[]
  /** Whether a header comes back as it was where its bytes are no UTF-8. */
  readonly keepsBytes: Readonly<Record<string, boolean>>
}

export interface Measured {
  readonly message: MessageName
  readonly way: 'write' | 'read'
  readonly subject: string
  /** For one message, in each round. */
  readonly nanoseconds: readonly number[]
}

/** The rows of a table in Markdown: nanoseconds of ours, and how many times as long each other one takes. */
export function tableOf({ series }: Found): string[] {
  const [own = '', ...others] = [...new Set(series.map(({ subject }) => subject))]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(['message', `${own}, ns`, ...others.map((name) => `${name}, times that`)]),
    line(['---', ...[own, ...others].map(() => '---:')]),
    ...messageNames.flatMap((message) =>
      (['write', 'read'] as const).flatMap((way) => {
        const find = (name: string) =>
          series.find((one) => one.message === message && one.way === way && one.subject === name)
        const ours = find(own)
        if (ours === undefined) return []
        const cells = others.map((name) => ratioCell(find(name), ours))
        return [
          line([`${message}, ${way === 'write' ? 'written' : 'read'}`, cell(ours.nanoseconds, 0), ...cells]),
        ]
      }),
    ),
  ]
}

/** A page with these rows in place of the table of the same columns that it has. */
export function replaceTable(page: string, rows: readonly string[]): string {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => line.startsWith('| message |'))
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'))
  return lines.toSpliced(start, length, ...rows).join('\n')
}

/** Round by round, as what else the machine did fell on both. */
function ratioCell(one: Measured | undefined, ours: Measured): string {
  if (one === undefined) return ''
  return cell(
    one.nanoseconds.map((time, round) => time / ours.nanoseconds[round]!),
    2,
  )
}

function cell(numbers: readonly number[], digits: number): string {
  const { median, min, max } = spread(numbers)
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`
}
