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

/** What Kong logs where a field is used that is about to go. */
export interface Deprecation {
  /** The line of the log. */
  message: string
  /** The version of Kong in which it goes. */
  removalInVersion: string
  /** Without it the warning is logged for every value; with it, for every other value. */
  oldDefault?: Json
  /** Where its value belongs instead, as paths of names. */
  replacedWith?: readonly {
    /** From `config` on. */
    path: readonly string[]
  }[]
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
  /** Values that are refused. */
  notOneOf?: readonly T[]
}

interface Equality<T> {
  /** The only value allowed. */
  eq?: T
  /** The value that is refused. */
  ne?: T
}

interface Length {
  /** Exact length: bytes of a string, entries of anything else. */
  lenEq?: number
  /** The least: bytes of a string, entries of anything else. */
  lenMin?: number
  /** The most: bytes of a string, entries of anything else. */
  lenMax?: number
}

interface Secret {
  /** Stored encrypted by an Enterprise Kong with a keyring. */
  encrypted?: boolean
  /** May be a `{vault://...}` reference; Kong resolves it before the plugin sees it. From Kong 2.8. */
  referenceable?: boolean
}

/** A Lua pattern of a list of them. */
export interface PatternRule {
  /** As `match` has it. */
  pattern: string
  /** Replaces the message where it is broken. */
  err?: string
}

interface StringRules {
  /** A Lua pattern, not a regular expression: `%d` is a digit, `%.` a dot; there is no `|` and no `{2,3}`. */
  match?: string
  /** A Lua pattern that the value must not match. */
  notMatch?: string
  /** Lua patterns that the value must match, each of them. */
  matchAll?: readonly PatternRule[]
  /** Lua patterns of which the value must match none. */
  matchNone?: readonly PatternRule[]
  /** Lua patterns of which the value must match one. */
  matchAny?: {
    /** As `match` has them. */
    patterns: readonly string[]
    /** Replaces the message where none matches. */
    err?: string
  }
  /** Plain text with which the value must begin. */
  startsWith?: string
  /** The value must itself be a regular expression that PCRE accepts. */
  isRegex?: true
  /** The value must be a UUID. */
  uuid?: true
  /** Filled with a random value (a UUID with `uuid: true`) when the operator leaves the field out. */
  auto?: boolean
  /** Not stored by Kong; no effect inside `config`. */
  transient?: boolean
}

interface NumberRules {
  /** Both ends are allowed. Kong cuts fractions off the ends in its message, not in the check. */
  between?: readonly [min: number, max: number]
  /** The value must be above it. */
  gt?: number
  /** The value must be greater than 0. */
  timestamp?: true
  /** For database columns; no effect inside `config`. */
  auto?: boolean
  /** Not stored by Kong; no effect inside `config`. */
  transient?: boolean
}

interface ListRules<T> {
  /** An element that must be in it. */
  contains?: T
  /** Values of at most one of these groups may appear. */
  mutuallyExclusiveSubsets?: readonly (readonly string[])[]
  /** Not stored by Kong; no effect inside `config`. */
  transient?: boolean
}

/** Of `s.string`. `''` is refused by Kong unless `lenMin: 0` is set. */
export interface StringAttributes<T extends string, D, R>
  extends Presented<D, R>,
    Common<T>,
    Choices<T>,
    Equality<T>,
    Length,
    StringRules,
    Secret,
    Column {}

/** Of `s.number` and `s.integer`. */
export interface NumberAttributes<T extends number, D, R>
  extends Presented<D, R>,
    Common<T>,
    Choices<T>,
    Equality<T>,
    NumberRules,
    Column {}

/** Of `s.boolean`. */
export interface BooleanAttributes<D, R> extends Presented<D, R>, Common<boolean>, Equality<boolean> {
  /** Not stored by Kong; no effect inside `config`. */
  transient?: boolean
}

/** Of `s.array` and `s.set`. */
export interface ListAttributes<E extends Field, D, R>
  extends Presented<D, R>,
    Common<readonly InputOf<E>[]>,
    Length,
    ListRules<InputOf<E>> {}

/** Of `s.map`. */
export interface MapAttributes<I, D, R> extends Presented<D, R>, Common<I>, Length {}

/** Of `s.record`. */
export interface RecordAttributes<I, N extends string, D, R> extends Presented<D, R>, Common<I> {
  /** Rules between fields of the record. */
  entityChecks?: readonly EntityCheck<N>[]
}

/** Of `s.json`. */
export interface JsonAttributes<D, R> extends Presented<D, R>, Common<Json> {}

/** The validators that `ifMatch` and `thenMatch` take: those of the field they are run on, and `required`. */
export interface Match
  extends Choices<Json>,
    Equality<Json>,
    Length,
    Omit<StringRules, 'auto' | 'transient'>,
    Omit<NumberRules, 'auto' | 'transient'>,
    Omit<ListRules<Json>, 'transient'> {
  /** `true`: the field has a value; `false`: it has none. */
  required?: boolean
  /** What the elements of a list pass. */
  elements?: Field
  /** What the keys of a map pass. */
  keys?: Field
  /** What the values of a map pass. */
  values?: Field
}

/** A rule over several fields; names inside a nested record are written with dots. */
export type EntityCheck<N extends string = string> =
  | {
      /** One of these fields has a value, or several. */
      atLeastOneOf: readonly N[]
    }
  | {
      /** Exactly one of these fields has a value. */
      onlyOneOf: readonly N[]
    }
  | {
      /** No two of these fields have the same value. */
      distinct: readonly N[]
    }
  | {
      /** All of these fields have a value, or none. */
      mutuallyRequired: readonly N[]
    }
  | {
      /** At most one of these fields has a value; from Kong 2.6. */
      mutuallyExclusive: readonly N[]
    }
  | {
      /** Fields of one set have values, or fields of the other, and not of both. */
      mutuallyExclusiveSets: {
        /** The one. */
        set1: readonly N[]
        /** The other. */
        set2: readonly N[]
      }
    }
  | {
      /** Where one field passes, another has to pass too. */
      conditional: {
        /** The field that is asked. */
        ifField: N
        /** What it passes. */
        ifMatch: Match
        /** The other field. */
        thenField: N
        /** What it then has to pass. */
        thenMatch: Match
        /** Replaces the message where it does not. */
        thenErr?: string
      }
    }
  | {
      /** Where a field passes, one of some others needs a value. */
      conditionalAtLeastOneOf: {
        /** The field that is asked. */
        ifField: N
        /** What it passes. */
        ifMatch: Match
        /** Of these one then needs a value. */
        thenAtLeastOneOf: readonly N[]
        /** Replaces the message where none has one. */
        thenErr?: string
        /** What else the field may pass, where it does not pass `ifMatch`. */
        elseMatch?: Match
        /** Of these one then needs a value. */
        elseThenAtLeastOneOf?: readonly N[]
        /** Replaces the message where none has one. */
        elseThenErr?: string
      }
    }
