import { type Phase, phases } from '../pdk/phases.ts'
import { addHeader, setHeader } from './headers.ts'
import { phaseNumber } from './phase-check.ts'
import type { Headers, World } from './world.ts'

const inStreams: readonly Phase[] = ['certificate', 'preread', 'log']

/** The phases of a plugin in the order in which Kong runs them; a stream has others than a request. */
export function phasesIn(subsystem: World['subsystem'], wanted: readonly string[]): Phase[] {
  return phases.filter(
    (phase) =>
      wanted.includes(phase) && (subsystem === 'stream' ? inStreams.includes(phase) : phase !== 'preread'),
  )
}

/**
 * Brings a world to where Kong stands before a phase: for `response` and `log` the service has answered, unless the
 * plugin did.
 */
export function enterPhase(world: World, phase: Phase): void {
  const { response, upstream, ctx } = world
  ctx.nginx.KONG_PHASE = phaseNumber(phase)
  ctx.nginx.plugin_id = world.node.pluginId
  if (phase === 'response') upstream.buffered = true
  if ((phase === 'response' || phase === 'log') && response.source === 'service') takeAnswer(world)
}

/** Once for each request: the response is the service's, with the headers that plugins set before. */
export function takeAnswer({ response, upstream }: World): void {
  if (upstream.answered) return
  upstream.answered = true
  response.status = upstream.response.status
  response.headers = bothHeaders(response.headers, upstream.response.headers, upstream.buffered)
  response.body = Buffer.from(upstream.response.body)
}

/** Headers that a response has once, so that the service's replaces a plugin's. */
const single = new Set(['content-length', 'content-type', 'date', 'etag', 'last-modified', 'location'])

/** Buffered, the service's headers are set over the plugin's; else both go out. */
function bothHeaders(own: Headers, service: Headers, isBuffered: boolean): Headers {
  const headers = { ...own }
  for (const [name, values] of Object.entries(service))
    if (isBuffered || single.has(name)) setHeader(headers, name, values)
    else addHeader(headers, name, values)
  return headers
}
