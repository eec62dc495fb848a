import { KongPluginError, show } from '../errors.ts'

/** Every reason for which a config schema, or what stands beside it, is refused: code to sentence. */
const sentences = {
  NOT_A_FIELD: (path: string, got: unknown) =>
    `Cannot use ${path} as a field: it is ${show(got)}; make it with s.string(), s.record() and so on`,
  EMPTY_NAME: (path: string) =>
    `Cannot use a field with an empty name in ${path}: Kong refuses to start; give it a name`,
  DUPLICATE_FIELD: (path: string) =>
    `Cannot use ${path} twice: Kong would keep the last one only; rename or remove one of them`,
  UNKNOWN_TYPE: (path: string, type: unknown, types: readonly string[]) =>
    `Cannot use the type ${show(type)} for ${path}: use one of ${types.join(', ')}`,
  NOT_JSON: (path: string, got: unknown) =>
    `Cannot write ${path} into the dump: it is ${describeValue(got)}; leave it out, or use a string, number, boolean, list or object`,
  UNKNOWN_ATTRIBUTE: (path: string, attribute: string) =>
    `Cannot use the attribute ${attribute} for ${path}: Kong does not know it and would not start; remove it`,
  WRONG_ATTRIBUTE: (path: string, attribute: string, type: string, types: readonly string[]) =>
    `Cannot use the attribute ${attribute} for ${path} of type ${type}: ${types.length === 0 ? 'it needs a Lua function, which a dump cannot carry' : `it is for ${types.join(', ')}`}`,
  NO_ABSTRACT: (path: string) =>
    `Cannot make ${path} abstract: Kong would refuse every configuration of the plugin; remove the attribute`,
  MISSING_ATTRIBUTE: (path: string, attribute: string, type: string) =>
    `Cannot use ${path} of type ${type} without ${attribute}: Kong would not start; add it`,
  BAD_ATTRIBUTE: (path: string, attribute: string, got: unknown, why: string) =>
    `Cannot use ${show(got)} as ${attribute} of ${path}: ${why}`,
  BAD_DESCRIPTION: (path: string, bytes: number) =>
    `Cannot use the description of ${path}: it has ${bytes} bytes, and Kong starts only with 10 to 500; write a sentence of that length`,
  BAD_DEFAULT: (path: string, got: unknown, why: string) =>
    `Cannot use ${show(got)} as the default of ${path}: Kong would answer "${why}"; choose a default that the field's own rules allow`,
  BAD_PATTERN: (path: string, attribute: string, pattern: string, why: string) =>
    `Cannot use ${show(pattern)} as ${attribute} of ${path}: Kong reads Lua patterns, and ${why}`,
  BAD_CHECK: (path: string, why: string) => `Cannot use the entity check ${path}: ${why}`,
  UNKNOWN_FIELD_IN_CHECK: (path: string, name: string, names: readonly string[]) =>
    `Cannot use the field ${show(name)} in ${path}: there is none of that name; the fields are ${names.join(', ') || 'none'}`,
  BAD_PROTOCOLS: (got: unknown, known: readonly string[]) =>
    `Cannot use ${show(got)} as the plugin's protocols: give a list, without repetition, of one or more of ${known.join(', ')}`,
  REFUSED_BY_KONG: (name: string, why: string) =>
    `Cannot describe plugin ${show(name)}: Kong would refuse its schema with ${why}; change the fields that it names`,
  BAD_NAME: (name: unknown) =>
    `Cannot use ${show(name)} as the plugin's name: write letters, digits, "-" and "_" only, as in "my-plugin"`,
  BAD_VERSION: (version: unknown) =>
    `Cannot use ${show(version)} as the plugin's version: Kong starts only with three numbers and two dots, as in "1.0.0"`,
  BAD_PRIORITY: (priority: unknown) =>
    `Cannot use ${show(priority)} as the plugin's priority: Kong starts only with a whole number, as in 1000 (higher runs first)`,
  BAD_KONG_SCHEMA: (path: string, got: unknown) =>
    `Cannot read ${path}: it is ${show(got)}; a schema is a list of objects with one key each, as in [{ message: { type: 'string' } }]`,
  NO_EXAMPLE: (path: string, got: unknown) =>
    `Cannot tell the type of ${path}: it is ${describeValue(got)}; give the field a value such as '', 0, false, [] or {}`,
} satisfies Record<string, (...values: never[]) => string>

export type SchemaErrorCode = keyof typeof sentences

/** Makes the error of a code; the caller throws it. */
export function schemaFault<C extends SchemaErrorCode>(
  code: C,
  ...values: Parameters<(typeof sentences)[C]>
): KongPluginError {
  const sentence = sentences[code] as (...values: unknown[]) => string
  return new KongPluginError(code, sentence(...values))
}

function describeValue(value: unknown): string {
  if (value instanceof RegExp) return `the regular expression ${value}`
  return typeof value === 'function' ? 'a function' : show(value)
}
