import type { methods } from '../../pdk/methods.ts'
import type { AnswersFor } from '../answer.ts'
import { tableOf, textOf } from '../lua.ts'

const pattern = /^\{vault:\/\/([^/}]+)\/([^/?#}]+)(?:\/([^?#}]+))?[^}]*\}$/

export const vault = {
  'kong.vault.is_reference': (_, [reference]) => pattern.test(textOf(reference)),
  'kong.vault.parse_reference': (_, [reference]) => {
    const [, name, resource, key] = pattern.exec(textOf(reference)) ?? []
    return name === undefined ? undefined : { name, resource, ...(key !== undefined && { key }) }
  },
  'kong.vault.get': ({ world }, [reference]) => world.vault[textOf(reference)],
  'kong.vault.update': (_, [options]) => tableOf(options),
  'kong.vault.flush': () => undefined,
  'kong.vault.init_worker': () => undefined,
  'kong.vault.warmup': () => undefined,
} satisfies AnswersFor<typeof methods.vault>
