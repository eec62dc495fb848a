import type { RecordedCall, RecordedHandler } from '../inspector/record.ts'

export type Part = 'method' | 'path' | 'scheme' | 'service' | 'status' | 'body'

/** Which plugins had a hand in what, as their calls say: names in the order in which they came. */
export interface PluginChanges {
  ofPart(part: Part): readonly string[]
  ofHeader(name: string): readonly string[]
  /** False where calls were made that are not kept. */
  readonly isComplete: boolean
}

/** What plugins did to the request that went to the service, or to the response that the client got. */
export function pluginChanges(
  handlers: readonly RecordedHandler[],
  side: 'request' | 'response',
): PluginChanges {
  const parts = new Map<Part, string[]>()
  const headers = new Map<string, string[]>()
  const nameOf = side === 'request' ? (name: string) => name.toLowerCase() : responseName
  for (const { plugin, calls } of handlers)
    for (const call of calls) {
      const touched = touches[side][call.method]?.(call.args)
      for (const part of touched?.parts ?? []) note(parts, part, plugin)
      for (const name of touched?.headers ?? []) note(headers, nameOf(name), plugin)
    }
  return {
    ofPart: (part) => parts.get(part) ?? [],
    ofHeader: (name) => headers.get(nameOf(name)) ?? [],
    isComplete: handlers.every(({ moreCalls = 0 }) => moreCalls === 0),
  }
}

/** Kong writes a response's headers with dashes. */
function responseName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

function note<Key>(found: Map<Key, string[]>, key: Key, plugin: string): void {
  const names = found.get(key)
  if (names === undefined) found.set(key, [plugin])
  else if (!names.includes(plugin)) names.push(plugin)
}

interface Touched {
  readonly parts?: readonly Part[]
  readonly headers?: readonly string[]
}

type Touch = (args: RecordedCall['args']) => Touched

const part =
  (...parts: readonly Part[]): Touch =>
  () => ({ parts })
const oneHeader: Touch = ([name]) => ({ headers: typeof name === 'string' ? [name] : [] })
const allHeaders: Touch = ([headers]) => ({ headers: namesIn(headers) })
const wholeResponse: Touch = ([, , headers]) => ({ parts: ['status', 'body'], headers: namesIn(headers) })

/** By what Kong calls the function. */
const touches: Readonly<Record<'request' | 'response', Readonly<Record<string, Touch>>>> = {
  request: {
    'kong.service.set_upstream': part('service'),
    'kong.service.set_target': () => ({ parts: ['service'], headers: ['host'] }),
    'kong.service.request.set_scheme': part('scheme'),
    'kong.service.request.set_method': part('method'),
    'kong.service.request.set_path': part('path'),
    'kong.service.request.set_query': part('path'),
    'kong.service.request.set_raw_query': part('path'),
    'kong.service.request.clear_query_arg': part('path'),
    'kong.service.request.set_header': oneHeader,
    'kong.service.request.add_header': oneHeader,
    'kong.service.request.clear_header': oneHeader,
    'kong.service.request.set_headers': allHeaders,
    'kong.service.request.set_raw_body': part('body'),
    'kong.service.request.set_body': () => ({ parts: ['body'], headers: ['content-type'] }),
  },
  response: {
    'kong.response.set_status': part('status'),
    'kong.response.set_header': oneHeader,
    'kong.response.add_header': oneHeader,
    'kong.response.clear_header': oneHeader,
    'kong.response.set_headers': allHeaders,
    'kong.response.exit': wholeResponse,
    'kong.response.error': wholeResponse,
  },
}

function namesIn(headers: unknown): readonly string[] {
  return typeof headers === 'object' && headers !== null ? Object.keys(headers) : []
}
