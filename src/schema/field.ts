/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Kong's word for what a field holds. */
export type FieldType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'array'
  | 'set'
  | 'map'
  | 'record'
  | 'json'
  | 'foreign'
  | 'function'

/**
 * Whether a field may be left out by the operator, and whether the plugin then finds it:
 * `required` must be given, `filled` is given or filled in, `optional` may be absent on both sides.
 */
export type Presence = 'required' | 'filled' | 'optional'

declare const carried: unique symbol

/**
 * One field of a config schema: Kong's own JSON, frozen, plus the types that it stands for. The types exist at
 * compile time only, so `JSON.stringify(field)` is what Kong reads.
 */
export interface Field<I = unknown, C = unknown, P extends Presence = Presence, N = unknown> {
  /** What it holds. */
  readonly type: FieldType
  /** @internal There are types only. */
  readonly [carried]?: { readonly input: I; readonly config: C; readonly presence: P; readonly nested: N }
}

/** The fields of a record, or of a whole plugin's configuration, by name. */
export type Fields = { readonly [name: string]: Field }

/** What an operator may write for one field. */
export type InputOf<F extends Field> = F extends Field<infer I, unknown, Presence, unknown> ? I : never

/** What the plugin finds in one field. */
export type ConfigOf<F extends Field> = F extends Field<unknown, infer C, Presence, unknown> ? C : never

type PresenceOf<F extends Field> = F extends Field<unknown, unknown, infer P, unknown> ? P : never

/** What an operator may write as a plugin's `config`: what has a default, or is not required, may be left out. */
export type Input<F extends Fields> = Flatten<
  { [K in keyof F as PresenceOf<F[K]> extends 'required' ? K : never]: InputOf<F[K]> } & {
    [K in keyof F as PresenceOf<F[K]> extends 'required' ? never : K]?: InputOf<F[K]> | undefined
  }
>

/** What the plugin finds in its `config`: defaults are applied, so what is required or has one is always there. */
export type Config<F extends Fields> = Flatten<
  { [K in keyof F as 'optional' extends PresenceOf<F[K]> ? never : K]: ConfigOf<F[K]> } & {
    [K in keyof F as 'optional' extends PresenceOf<F[K]> ? K : never]?: ConfigOf<F[K]> | undefined
  }
>

/** The names of fields, those inside records with dots: `'limits'`, `'limits.window'`. */
export type FieldPath<F extends Fields> = {
  [K in keyof F & string]:
    | K
    | (F[K] extends Field<unknown, unknown, Presence, infer N>
        ? N extends Fields
          ? `${K}.${FieldPath<N>}`
          : never
        : never)
}[keyof F & string]

type Flatten<T> = { [K in keyof T]: T[K] } & {}
