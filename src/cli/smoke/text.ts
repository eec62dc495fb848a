import type { SmokeReport } from './run.ts'
import type { Step } from './steps.ts'

/** `[OK] PHASE access (3 ms): ended after 2 calls`, and under a failure what the plugin wrote. */
export function describeStep({ name, plugin, phase, ok, milliseconds, detail, output }: Step): string {
  const what = [name, phase, plugin && `of ${plugin}`].filter(Boolean).join(' ')
  const lines = [`[${ok ? 'OK' : 'KO'}] ${what} (${milliseconds} ms): ${detail}`, ...output]
  return lines.join('\n     | ')
}

export function describeReport({ passed, failed, complete }: SmokeReport): string {
  const rest = complete ? '' : '; the rest was not tried'
  return `${passed} passed, ${failed} failed${rest}`
}
