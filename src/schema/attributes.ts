import type { Field, InputOf, Json } from './field.ts'

/** `required` and `default`, whose own types decide what `Input` and `Config` say about the field. */
interface Presented<D, R> {
  /** Refuse a plugin whose config lacks the field or sets it to null. */
  required?: R
  /** Filled in by Kong when the operator leaves the field out. */
  default?: D
}

/** Attributes that a field of any type takes. */
interface Common<T> {
  /** Shown by Kong Manager and the Admin API; 10 to 500 bytes, from Kong 3.4. */
  description?: string
  /** Shown beside the description, from Kong 3.6. */
  examples?: readonly T[]
  /** Replaces the message of the field's validators. */
  err?: string
  /** Refuse to change the value of an existing plugin. */
  immutable?: boolean
  /** Log a warning when the field is used, from Kong 3.7. */
  deprecation?: Deprecation
  /** Read by Kong's own entities only. */
  generateAdminApi?: boolean
}

export interface Deprecation {
  message: string
  removalInVersion: string
  /** Without it the warning is logged for every value; with it, for every other value. */
  oldDefault?: Json
  replacedWith?: readonly { path: readonly string[] }[]
}

interface Column {
  /** For database columns; no effect inside `config`. */
  unique?: boolean
  /** For database columns; needs `unique: true` beside it. */
  uniqueAcrossWs?: boolean
}

interface Choices<T> {
  /** The only values allowed; they become the field's type. */
  oneOf?: readonly T[]
  notOneOf?: readonly T[]
}

interface Equality<T> {
  eq?: T
  ne?: T
}

interface Length {
  /** Exact length: bytes of a string, entries of anything else. */
  lenEq?: number
  lenMin?: number
  lenMax?: number
}

interface Secret {
  /** Stored encrypted by an Enterprise Kong with a keyring. */
  encrypted?: boolean
  /** May be a `{vault://...}` reference; Kong resolves it before the plugin sees it. From Kong 2.8. */
  referenceable?: boolean
}

export interface PatternRule {
  pattern: string
  err?: string
}

interface StringRules {
  /** A Lua pattern, not a regular expression: `%d` is a digit, `%.` a dot; there is no `|` and no `{2,3}`. */
  match?: string
  notMatch?: string
  matchAll?: readonly PatternRule[]
  matchNone?: readonly PatternRule[]
  matchAny?: { patterns: readonly string[]; err?: string }
  startsWith?: string
  /** The value must itself be a regular expression that PCRE accepts. */
  isRegex?: true
  uuid?: true
  /** Filled with a random value (a UUID with `uuid: true`) when the operator leaves the field out. */
  auto?: boolean
  transient?: boolean
}

interface NumberRules {
  /** Both ends are allowed. Kong cuts fractions off the ends in its message, not in the check. */
  between?: readonly [min: number, max: number]
  gt?: number
  /** The value must be greater than 0. */
  timestamp?: true
  auto?: boolean
  transient?: boolean
}

interface ListRules<T> {
  contains?: T
  /** Values of at most one of these groups may appear. */
  mutuallyExclusiveSubsets?: readonly (readonly string[])[]
  transient?: boolean
}

/** `''` is refused by Kong unless `lenMin: 0` is set. */
export interface StringAttributes<T extends string, D, R>
  extends Presented<D, R>,
    Common<T>,
    Choices<T>,
    Equality<T>,
    Length,
    StringRules,
    Secret,
    Column {}

export interface NumberAttributes<T extends number, D, R>
  extends Presented<D, R>,
    Common<T>,
    Choices<T>,
    Equality<T>,
    NumberRules,
    Column {}

export interface BooleanAttributes<D, R> extends Presented<D, R>, Common<boolean>, Equality<boolean> {
  transient?: boolean
}

export interface ListAttributes<E extends Field, D, R>
  extends Presented<D, R>,
    Common<readonly InputOf<E>[]>,
    Length,
    ListRules<InputOf<E>> {}

export interface MapAttributes<I, D, R> extends Presented<D, R>, Common<I>, Length {}

export interface RecordAttributes<I, N extends string, D, R> extends Presented<D, R>, Common<I> {
  entityChecks?: readonly EntityCheck<N>[]
}

export interface JsonAttributes<D, R> extends Presented<D, R>, Common<Json> {}

/** The validators that `ifMatch` and `thenMatch` take: those of the field they are run on, and `required`. */
export interface Match
  extends Choices<Json>,
    Equality<Json>,
    Length,
    Omit<StringRules, 'auto' | 'transient'>,
    Omit<NumberRules, 'auto' | 'transient'>,
    Omit<ListRules<Json>, 'transient'> {
  required?: boolean
  elements?: Field
  keys?: Field
  values?: Field
}

/** A rule over several fields; names inside a nested record are written with dots. */
export type EntityCheck<N extends string = string> =
  | { atLeastOneOf: readonly N[] }
  | { onlyOneOf: readonly N[] }
  | { distinct: readonly N[] }
  | { mutuallyRequired: readonly N[] }
  /** From Kong 2.6. */
  | { mutuallyExclusive: readonly N[] }
  | { mutuallyExclusiveSets: { set1: readonly N[]; set2: readonly N[] } }
  | { conditional: { ifField: N; ifMatch: Match; thenField: N; thenMatch: Match; thenErr?: string } }
  | {
      conditionalAtLeastOneOf: {
        ifField: N
        ifMatch: Match
        thenAtLeastOneOf: readonly N[]
        thenErr?: string
        elseMatch?: Match
        elseThenAtLeastOneOf?: readonly N[]
        elseThenErr?: string
      }
    }
