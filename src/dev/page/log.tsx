import type { RecordedLog } from '../inspector/record.ts'
import { LongText } from './parts.tsx'
import { formatDuration, plural } from './text.ts'

interface LogOptions {
  readonly logs: readonly RecordedLog[]
  /** How many lines there were beside these. */
  readonly more: number
}

export function Log({ logs, more }: LogOptions) {
  if (logs.length === 0) return <p class="hint">Nothing was logged.</p>
  return (
    <>
      <table class="log">
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Level</th>
            <th scope="col">From</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {logs.map(({ at, level, plugin, text }, index) => (
            <tr key={index}>
              <td class="number">{formatDuration(at)}</td>
              <td>
                <span class={`level ${lookOf(level)}`}>{level}</span>
              </td>
              <td>{plugin ?? 'Kong'}</td>
              <td class="text">
                <LongText text={text} limit={1000} name="the line" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="hint">{plural(more, 'more line')} came, and were not kept.</p>}
    </>
  )
}

function lookOf(level: string): string {
  if (['emerg', 'alert', 'crit', 'err', 'error'].includes(level)) return 'bad'
  return ['warn', 'warning'].includes(level) ? 'odd' : 'plain'
}
