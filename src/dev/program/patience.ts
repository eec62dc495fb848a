import { settleDefinition } from '../../plugin/define.ts'
import { defaults } from '../../plugin/plugin.ts'

/** Milliseconds of a handler while somebody may look at it in a debugger: a day. */
const timeLimit = 86_400_000

// Goes into a bundle that is debugged, before the author's file.
Object.assign(defaults, { timeLimit })

/** The same for a definition with a limit of its own. */
export function bePatient(module: { default?: unknown }): void {
  const { default: exported } = module
  const inner = (exported as { default?: unknown } | undefined)?.default
  for (const candidate of [exported, inner])
    if (typeof candidate === 'object' && candidate !== null && 'version' in candidate)
      Object.assign(settleDefinition(candidate as Parameters<typeof settleDefinition>[0]), { timeLimit })
}
