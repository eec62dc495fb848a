import { BodyFile } from '../answer.ts'
import { bytesOf, entriesOf, isTable, luaType } from '../lua.ts'
import { Binary, emptyMap } from './encode.ts'

/** The steps that Kong names by the kind of the result; all else is `plugin.Step`. */
const steps: Readonly<Record<string, string>> = {
  'kong.client.get_credential': 'plugin.StepCredential',
  'kong.client.authenticate': 'plugin.StepCredential',
  'kong.client.get_consumer': 'plugin.StepConsumer',
  'kong.client.load_consumer': 'plugin.StepConsumer',
  'kong.node.get_memory_stats': 'plugin.StepMemoryStats',
  'kong.router.get_route': 'plugin.StepRoute',
  'kong.router.get_service': 'plugin.StepService',
  'kong.request.get_headers': 'plugin.StepMultiMap',
  'kong.request.get_query': 'plugin.StepMultiMap',
  'kong.response.get_headers': 'plugin.StepMultiMap',
  'kong.service.response.get_headers': 'plugin.StepMultiMap',
}

const bodies: ReadonlySet<string> = new Set([
  'kong.request.get_raw_body',
  'kong.service.response.get_raw_body',
])

/** The step that carries a result, ready for `encodeLua`. */
export function stepOf(method: string, value: unknown): { readonly step: string; readonly data: unknown } {
  const step = Object.hasOwn(steps, method) ? steps[method]! : 'plugin.Step'
  if (step === 'plugin.StepMultiMap') return { step, data: isTable(value) ? multimap(value) : value }
  if (bodies.has(method) && !(value instanceof BodyFile)) return { step, data: new Binary(bytesOf(value)) }
  return { step, data: value }
}

/** In headers and arguments each value is a list, and [] stands for a bare `?flag`. */
function multimap(table: object): unknown {
  const entries = entriesOf(table)
  if (entries.length === 0) return emptyMap
  return new Map(
    entries.map(([name, item]) => [name, item === true ? [] : luaType(item) === 'string' ? [item] : item]),
  )
}
