import { comment } from './comments.ts'
import { type Configured, type FieldSchema, fieldsOf } from './given.ts'
import { yamlLine } from './yaml.ts'

/** The member `config` of a plugin in YAML: what was given, and all other fields as comments. */
export function configLines({ plugin, config, missing }: Configured, indent: string): string[] {
  const lead = `${indent}  `
  const given = Object.entries(config).map(([name, value]) => lead + yamlLine(name, value))
  const others = fieldsOf(plugin).filter(([name]) => !Object.hasOwn(config, name))
  return [
    ...missing.flatMap((line) =>
      comment(`Kong refuses it as it stands: ${line}. Write it here, or give it with --set.`, `${indent}# `),
    ),
    `${indent}config:${given.length === 0 ? ' {}' : ''}`,
    ...given,
    ...others.flatMap((field) => fieldComment(field, lead)),
  ]
}

function fieldComment([name, field]: [string, FieldSchema], indent: string): string[] {
  const { type = 'string', required, default: fallback, description } = field
  const facts = [
    type,
    ...(required === true && fallback === undefined ? ['required'] : []),
    ...(fallback === undefined ? [] : ['the default']),
    ...(typeof description === 'string' ? [description] : []),
  ]
  return [
    ...comment(`${name}: ${facts.join(', ')}`, `${indent}# `),
    ...(fallback === undefined ? [] : [`${indent}# ${yamlLine(name, fallback)}`]),
  ]
}
