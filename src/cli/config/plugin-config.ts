import { comment } from './comments.ts'
import { type Configured, type FieldSchema, fieldsOf } from './given.ts'
import { yamlKey, yamlLine } from './yaml.ts'

/**
 * The member `config` of a plugin in YAML: what was given, an empty place for what has to be, and all other fields as
 * comments, which make it so where their `# ` is taken away.
 */
export function configLines({ plugin, config, missing }: Configured, indent: string): string[] {
  const lead = `${indent}  `
  const given = Object.entries(config).map(([name, value]) => lead + yamlLine(name, value))
  const others = fieldsOf(plugin).filter(([name]) => !Object.hasOwn(config, name))
  const wanted = others.filter(isWanted)
  const free = others.filter((field) => !isWanted(field))
  const stands = given.length + wanted.length > 0
  if (!stands && free.length === 0) return [`${indent}config: {}`]
  return [
    ...missing.flatMap((line) =>
      comment(`Kong refuses it as it stands: ${line}. Write it here, or give it with --set.`, `${indent}# `),
    ),
    `${indent}${stands ? '' : '# '}config:`,
    ...given,
    ...wanted.flatMap((field) => [...factsOf(field, `${lead}# `), `${lead}${yamlKey(field[0])}:`]),
    ...free.flatMap((field) => fieldComment(field, stands ? `${lead}# ` : `${indent}#   `)),
  ]
}

function isWanted([, { required, default: fallback }]: [string, FieldSchema]): boolean {
  return required === true && fallback === undefined
}

function fieldComment(field: [string, FieldSchema], lead: string): string[] {
  const [name, { default: fallback }] = field
  return [...factsOf(field, lead), ...(fallback === undefined ? [] : [`${lead}${yamlLine(name, fallback)}`])]
}

function factsOf(field: [string, FieldSchema], lead: string): string[] {
  const [name, { type = 'string', default: fallback, description }] = field
  const facts = [
    type,
    ...(isWanted(field) ? ['required'] : []),
    ...(fallback === undefined ? [] : ['the default']),
    ...(typeof description === 'string' ? [description] : []),
  ]
  return comment(`${name}: ${facts.join(', ')}`, lead)
}
