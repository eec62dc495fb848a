/**
 * The words of Kong's schema language that not every Kong since 2.4 knows. An older one refuses a schema with such a
 * word as `unknown field` and does not start. Read from kong/db/schema/metaschema.lua of each release from 2.4.0 to
 * 3.9.1; what is not named here is in all of them.
 */
export const types: Readonly<Record<string, string>> = {
  json: '3.5',
}

export const attributes: Readonly<Record<string, string>> = {
  encrypted: '2.7',
  referenceable: '2.8',
  description: '3.4',
  json_schema: '3.5',
  examples: '3.6',
  deprecation: '3.7',
  transient: '3.8',
}

export const entityChecks: Readonly<Record<string, string>> = {
  mutually_exclusive: '2.6',
}

/** Words inside the argument of an attribute. */
export const members: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  deprecation: { replaced_with: '3.8' },
}

/** Fields of a plugin itself, beside `config`; kong/db/schema/entities/plugins.lua. */
export const pluginFields: Readonly<Record<string, string>> = {
  instance_name: '3.2',
}

/** Before, references in the values of a map were taken and never resolved (kong/db/schema/init.lua). */
export const referencesInMaps = '3.1'

/** Before, the bounds of `between` had to be whole numbers. */
export const fractionsInBetween = '3.4'

/** Words that Kong dropped: the first version without. */
export const dropped: Readonly<Record<string, string>> = {
  legacy: '3.0',
}
