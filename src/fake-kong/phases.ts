import { type Phase, phases } from '../pdk/phases.ts'
import type { World } from './world.ts'

const inStreams: readonly Phase[] = ['certificate', 'preread', 'log']

/** The phases of a plugin in the order in which Kong runs them; a stream has others than a request. */
export function phasesIn(subsystem: World['subsystem'], wanted: readonly string[]): Phase[] {
  return phases.filter(
    (phase) =>
      wanted.includes(phase) && (subsystem === 'stream' ? inStreams.includes(phase) : phase !== 'preread'),
  )
}

/** What Kong keeps in `ngx.ctx.KONG_PHASE`; that of the response phase was never recorded. */
const phaseNumbers: Partial<Record<Phase, number>> = {
  certificate: 2,
  rewrite: 16,
  access: 32,
  log: 8192,
  preread: 16384,
}

/**
 * Brings a world to where Kong stands before a phase: for `response` and `log` the service has answered, unless the
 * plugin did. Headers that the plugin has set before stay.
 */
export function enterPhase(world: World, phase: Phase): void {
  const { response, upstream, ctx } = world
  ctx.nginx.KONG_PHASE = phaseNumbers[phase]
  if ((phase !== 'response' && phase !== 'log') || response.source !== 'service') return
  response.status = upstream.response.status
  response.headers = { ...upstream.response.headers, ...response.headers }
  response.body = Buffer.from(upstream.response.body)
}
