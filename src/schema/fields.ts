import type {
  BooleanAttributes,
  EntityCheck,
  JsonAttributes,
  ListAttributes,
  MapAttributes,
  NumberAttributes,
  RecordAttributes,
  StringAttributes,
} from './attributes.ts'
import type {
  Config,
  ConfigOf,
  Field,
  FieldPath,
  Fields,
  FieldType,
  Input,
  InputOf,
  Json,
  Presence,
} from './field.ts'
import { freezeCopy, isObject, snakeKeys } from './plain.ts'

function string<
  const T extends string = string,
  const D extends T | undefined = undefined,
  const R extends boolean = false,
>(attributes: StringAttributes<T, D, R> = {}): Field<T, T, Given<D, R>> {
  return field('string', attributes)
}

function number<
  const T extends number = number,
  const D extends T | undefined = undefined,
  const R extends boolean = false,
>(attributes: NumberAttributes<T, D, R> = {}): Field<T, T, Given<D, R>> {
  return field('number', attributes)
}

function integer<
  const T extends number = number,
  const D extends T | undefined = undefined,
  const R extends boolean = false,
>(attributes: NumberAttributes<T, D, R> = {}): Field<T, T, Given<D, R>> {
  return field('integer', attributes)
}

function boolean<const D extends boolean | undefined = undefined, const R extends boolean = false>(
  attributes: BooleanAttributes<D, R> = {},
): Field<boolean, boolean, Given<D, R>> {
  return field('boolean', attributes)
}

function array<
  E extends Field,
  const D extends readonly InputOf<E>[] | undefined = undefined,
  const R extends boolean = false,
>(elements: E, attributes: ListAttributes<E, D, R> = {}): ListField<E, D, R> {
  return field('array', attributes, { elements: requireRecords(elements) })
}

function set<
  E extends Field,
  const D extends readonly InputOf<E>[] | undefined = undefined,
  const R extends boolean = false,
>(elements: E, attributes: ListAttributes<E, D, R> = {}): ListField<E, D, R> {
  return field('set', attributes, { elements: requireRecords(elements) })
}

function map<
  K extends Field<string, string>,
  V extends Field,
  const D extends Entries<K, InputOf<V>> | undefined = undefined,
  const R extends boolean = false,
>(
  keys: K,
  values: V,
  attributes: MapAttributes<Entries<K, InputOf<V>>, D, R> = {},
): Field<Entries<K, InputOf<V>>, Entries<K, ConfigOf<V>>, Given<D, R>> {
  return field('map', attributes, { keys, values: requireRecords(values) })
}

function record<
  F extends Fields,
  const D extends Input<F> | undefined = undefined,
  const R extends boolean = true,
>(
  fields: F,
  attributes: RecordAttributes<Input<F>, FieldPath<F>, D, R> = {},
): Field<Input<F>, Config<F>, RecordPresence<F, D, R>, F> {
  const { entityChecks, ...rest } = attributes
  return field('record', rest, {
    fields: entriesOf(fields),
    entity_checks: entityChecks && entityChecksOf(entityChecks),
  })
}

function json<const D extends Json | undefined = undefined, const R extends boolean = false>(
  schema: { readonly [key: string]: Json },
  attributes: JsonAttributes<D, R> = {},
): Field<Json, Json, Given<D, R>> {
  return field('json', attributes, { json_schema: { inline: schema } })
}

type Given<D, R> = undefined extends D ? ([R] extends [true] ? 'required' : 'optional') : 'filled'

type RecordPresence<F extends Fields, D, R> = undefined extends D
  ? [R] extends [true]
    ? Partial<Input<F>> extends Input<F>
      ? 'filled'
      : 'required'
    : 'optional'
  : 'filled'

type ListField<E extends Field, D, R> = Field<readonly InputOf<E>[], ConfigOf<E>[], Given<D, R>>

type Entries<K extends Field, V> =
  string extends InputOf<K> ? { [key: string]: V } : { [key in InputOf<K> & string]?: V }

/** Kong's typedefs that JSON can carry without loss. */
const typedefs = {
  /** 0 to 65535. */
  port: <const D extends number | undefined = undefined, const R extends boolean = false>(
    attributes: NumberAttributes<number, D, R> = {},
  ) => integer<number, D, R>({ between: [0, 65535], ...attributes }),
  /** Milliseconds, 0 to 2³¹ − 2. */
  timeout: <const D extends number | undefined = undefined, const R extends boolean = false>(
    attributes: NumberAttributes<number, D, R> = {},
  ) => integer<number, D, R>({ between: [0, 2147483646], ...attributes }),
  /** Seconds to live, 0 to 100,000,000, with or without a fraction. */
  ttl: <const D extends number | undefined = undefined, const R extends boolean = false>(
    attributes: NumberAttributes<number, D, R> = {},
  ) => number<number, D, R>({ between: [0, 100000000], ...attributes }),
  /** Upper-case letters, as in `GET`. */
  httpMethod: <const D extends string | undefined = undefined, const R extends boolean = false>(
    attributes: StringAttributes<string, D, R> = {},
  ) => string<string, D, R>({ match: '^%u+$', ...attributes }),
  /** A UUID; `auto: true` lets Kong make one. */
  uuid: <const D extends string | undefined = undefined, const R extends boolean = false>(
    attributes: StringAttributes<string, D, R> = {},
  ) => string<string, D, R>({ uuid: true, ...attributes }),
  /** Header names to lists of values; Kong's own typedef also checks the characters of the names, in Lua. */
  headers: <
    const D extends { [name: string]: readonly string[] } | undefined = undefined,
    const R extends boolean = false,
  >(
    attributes: MapAttributes<{ [name: string]: readonly string[] }, D, R> = {},
  ) =>
    map<Field<string, string>, Field<readonly string[], string[]>, D, R>(
      string(),
      array(string()),
      attributes,
    ),
}

/**
 * The config schema builder. Each value is Kong's own JSON, frozen, and carries the types of what the operator
 * writes and what the plugin reads.
 * @example { message: s.string({ default: 'hello' }), denied: s.set(s.string(), { default: [] }) }
 */
export const s = Object.freeze({
  /** Text. `s.string({ oneOf: ['a', 'b'] })` is the type `'a' | 'b'`. */
  string,
  /** A number with or without a fraction. */
  number,
  /** A number without a fraction. */
  integer,
  /** `true` or `false`. */
  boolean,
  /** A list: `s.array(s.string())`. */
  array,
  /** A list from which Kong drops duplicates. */
  set,
  /** An object with any keys that pass `keys`: `s.map(s.string(), s.integer())`. */
  map,
  /**
   * An object with named fields. Kong fills it, with the defaults inside, even when the operator leaves it out;
   * `required: false` leaves it absent instead.
   */
  record,
  /**
   * Any JSON that passes an inline JSON Schema of draft 4; from Kong 3.5. Kong runs the schema on a field that was
   * left out too, as null: make it required, or allow the type `"null"` in the schema.
   */
  json,
  ...typedefs,
})

/** Fields by name as Kong lists them: one object with one key per field. */
export function entriesOf(fields: Fields): { [name: string]: Field }[] {
  return Object.entries(fields).map(([name, value]) => ({ [name]: value }))
}

/** Entity checks in Kong's spelling; the fields inside a match are in it already. */
export function entityChecksOf(checks: readonly EntityCheck[]): unknown[] {
  return checks.map((check) => {
    if (!isObject(check)) return check
    const named = snakeKeys(check)
    for (const [name, argument] of Object.entries(named)) {
      if (isObject(argument)) named[name] = argumentOf(argument)
    }
    return named
  })
}

function argumentOf(argument: Record<string, unknown>): Record<string, unknown> {
  const named = snakeKeys(argument)
  for (const key of ['if_match', 'then_match', 'else_match']) {
    if (isObject(named[key])) named[key] = snakeKeys(named[key])
  }
  return named
}

function field<I, C, P extends Presence, N>(
  type: FieldType,
  attributes: object,
  children: Record<string, unknown> = {},
): Field<I, C, P, N> {
  const own = snakeKeys(attributes)
  if (isObject(own.deprecation)) own.deprecation = snakeKeys(own.deprecation)
  return freezeCopy({ type, ...children, ...own }) as Field<I, C, P, N>
}

/**
 * Kong makes the records of a config required, so that it fills the defaults inside them, but not those below
 * the elements of a list or the values of a map. Saying it there makes a record mean the same everywhere.
 */
function requireRecords(element: Field): Field {
  const { fields } = element as { fields?: readonly { readonly [name: string]: Field }[] }
  if (element.type !== 'record' || !Array.isArray(fields)) return element
  const required = fields.map((entry) =>
    Object.fromEntries(
      Object.entries(entry).map(([name, inner]) => [
        name,
        isRecord(inner) ? { required: true, ...requireRecords(inner) } : inner,
      ]),
    ),
  )
  return { ...element, fields: required } as Field
}

function isRecord(value: unknown): value is Field {
  return isObject(value) && value.type === 'record'
}
