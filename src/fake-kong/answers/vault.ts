import type { methods } from '../../pdk/methods.ts'
import { type AnswersFor, Raised } from '../answer.ts'
import { isTable, luaType, textOf } from '../lua.ts'
import { queryTable } from '../query.ts'

export const vault = {
  'kong.vault.is_reference': (_, [reference]) => isReference(reference),
  'kong.vault.parse_reference': (_, [reference]) => parts(reference),
  'kong.vault.get': ({ world }, [reference]) => {
    const name = textOf(reference)
    return Object.hasOwn(world.vault, name) ? world.vault[name] : undefined
  },
  'kong.vault.update': (_, [options]) => options,
  'kong.vault.flush': () => undefined,
  'kong.vault.init_worker': () => undefined,
  'kong.vault.warmup': (_, [input]) => {
    if (!isTable(input))
      throw new Raised(`bad argument #1 to 'pairs' (table expected, got ${luaType(input)})`)
  },
} satisfies AnswersFor<typeof methods.vault>

function isReference(reference: unknown): boolean {
  return luaType(reference) === 'string' && /^\{vault:\/\/.*\}$/s.test(textOf(reference))
}

/** `{vault://NAME/RESOURCE/KEY?OPTIONS#VERSION}`: the last part of a longer path is the key. */
function parts(reference: unknown): unknown {
  if (!isReference(reference)) return undefined
  const found = /^\{vault:\/\/([^/?#]+)\/([^?#]+)(?:\?([^#]*))?(?:#(.*))?\}$/s.exec(textOf(reference))
  const [, name, path = '', query, version] = found ?? []
  if (name === undefined || (version !== undefined && !/^\d+$/.test(version))) return undefined
  const steps = path.split('/').filter((step) => step !== '')
  if (steps.length === 0) return undefined
  const key = steps.length > 1 && !path.endsWith('/') ? steps.pop() : undefined
  return {
    name,
    resource: decodeURIComponent(steps.join('/')),
    ...(key !== undefined && { key: decodeURIComponent(key) }),
    ...(query !== undefined && query !== '' && { config: queryTable(query, 100) }),
    ...(version !== undefined && { version: Number(version) }),
  }
}
