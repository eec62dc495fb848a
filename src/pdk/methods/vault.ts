import * as a from '../arguments.ts'
import type { Json, VaultReference } from '../entities.ts'
import { everyPhase } from '../phases.ts'
import * as r from '../results.ts'
import { method } from '../row.ts'

export const vault = {
  /**
   * Whether text is a reference to a secret, as `{vault://env/my-key}`.
   *
   * @param reference the text
   * @returns `true` for a well-formed reference, whether the secret exists or not
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.8
   * @fails never
   * @example
   * if (await kong.vault.isReference('{vault://env/my-key}')) kong.log.debug('a reference')
   */
  isReference: method<(reference: string) => Promise<boolean>>()({
    name: 'kong.vault.is_reference',
    phases: everyPhase,
    args: [a.text('reference')],
    result: r.flag,
    since: '2.8',
  }),

  /**
   * Takes a reference to a secret apart.
   *
   * @param reference as `{vault://env/my-secret/key}`
   * @returns its vault, resource and, where there, key, version and settings; `undefined` when it is no
   *   reference
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.8
   * @fails never
   * @example
   * const parts = await kong.vault.parseReference('{vault://env/my-secret/key}')
   * kong.log.debug(parts?.name)
   */
  parseReference: method<(reference: string) => Promise<VaultReference | undefined>>()({
    name: 'kong.vault.parse_reference',
    phases: everyPhase,
    args: [a.text('reference')],
    result: r.value,
    since: '2.8',
  }),

  /**
   * Reads a secret from a vault.
   * In configuration, mark the field `referenceable` instead: Kong then resolves it before the plugin starts,
   * in both dialects.
   *
   * @param reference as `{vault://env/my-key}`
   * @returns the secret, or `undefined` when Kong cannot resolve it
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 2.8
   * @fails never: Kong's reason is lost on the way
   * @example
   * const key = await kong.vault.get('{vault://env/my-key}')
   * if (key === undefined) kong.log.err('my-key is not set')
   */
  get: method<(reference: string) => Promise<string | undefined>>()({
    name: 'kong.vault.get',
    phases: everyPhase,
    args: [a.text('reference')],
    result: r.maybeText,
    since: '2.8',
  }),

  /**
   * Resolves references anew within a configuration, by Kong's own list of them in `$refs`.
   *
   * @param options the configuration with `$refs`
   * @returns the configuration with fresh secrets
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 3.4
   * @fails never
   * @example
   * kong.log.debug(await kong.vault.update({ config: {} }))
   */
  update: method<(options: object) => Promise<Json | undefined>>()({
    name: 'kong.vault.update',
    phases: everyPhase,
    args: [a.object('options')],
    result: r.value,
    since: '3.4',
  }),

  /**
   * Drops all cached secrets, those of other plugins included.
   *
   * @returns nothing
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 3.3
   * @fails never
   * @example
   * await kong.vault.flush()
   */
  flush: method<() => Promise<void>>()({
    name: 'kong.vault.flush',
    phases: everyPhase,
    args: [],
    result: r.nothing,
    since: '3.3',
  }),

  /**
   * Sets Kong's vaults up when an nginx worker starts: Kong's own business, offered in no phase of a plugin.
   *
   * @returns nothing
   * @phases none
   * @dialects MsgPack:1
   * @since Kong 3.3
   * @fails always: no plugin phase has it
   */
  initWorker: method<() => Promise<void>>()({
    name: 'kong.vault.init_worker',
    phases: [],
    args: [],
    result: r.nothing,
    since: '3.3',
  }),

  /**
   * Reads the secrets that an object refers to into Kong's cache.
   *
   * @param input any object with references inside
   * @returns nothing
   * @phases all
   * @dialects MsgPack:1
   * @since Kong 3.5
   * @fails never
   * @example
   * await kong.vault.warmup({ key: '{vault://env/my-key}' })
   */
  warmup: method<(input: object) => Promise<void>>()({
    name: 'kong.vault.warmup',
    phases: everyPhase,
    args: [a.object('input')],
    result: r.nothing,
    since: '3.5',
  }),
} as const
