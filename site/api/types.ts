import type {
  DeclarationReflection,
  ParameterReflection,
  ReferenceType,
  ReflectionType,
  SignatureReflection,
  SomeType,
  Type,
} from 'typedoc'

/** A type as TypeScript writes it. */
export function typeText(type: Type | undefined): string {
  const some = type as SomeType | undefined
  if (some === undefined) return 'unknown'
  const writer = writers[some.type] as ((type: SomeType) => string) | undefined
  return writer?.(some) ?? some.toString()
}

/** `name(first: string, second?: number): Promise<string>`. */
export function signatureText(name: string, signature: SignatureReflection, separator = ': '): string {
  const generics = (signature.typeParameters ?? []).map(({ name, type, default: standard }) => {
    const limit = type === undefined ? '' : ` extends ${typeText(type)}`
    return `${name}${limit}${standard === undefined ? '' : ` = ${typeText(standard)}`}`
  })
  const parameters = (signature.parameters ?? []).map(parameterText)
  const head = `${name}${generics.length === 0 ? '' : `<${generics.join(', ')}>`}`
  const result = `${separator}${typeText(signature.type)}`
  const line = `${head}(${parameters.join(', ')})${result}`
  if (name === '' || line.length <= width) return line
  return `${head}(\n${parameters.map((parameter) => `  ${parameter},\n`).join('')})${result}`
}

/** Characters of a block that a page shows without scrolling. */
const width = 88

/** `type Json = null | ...`, with a line for each member where there are many. */
export function aliasText(head: string, type: SomeType | undefined): string {
  const line = `${head} = ${typeText(type)}`
  if (line.length <= width || type?.type !== 'union') return line
  return `${head} =${type.types.map((member) => `\n  | ${typeText(member)}`).join('')}`
}

/** A type for a cell of a table; of one that takes much room, what a reader looks for. */
export function shortText(type: Type | undefined): string {
  const text = typeText(type)
  if (text.length <= 160) return text
  if (type?.type === 'reference')
    return `${(type as ReferenceType).name}<${firstArgument(type as ReferenceType)}…>`
  const [signature] =
    type?.type === 'reflection' ? ((type as ReflectionType).declaration.signatures ?? []) : []
  if (signature === undefined) return text
  return `(${(signature.parameters ?? []).map(parameterName).join(', ')}) => ${typeText(signature.type)}`
}

/** What tells it from its siblings, as the phase of a handler. */
function firstArgument({ typeArguments }: ReferenceType): string {
  const [first] = typeArguments ?? []
  return first?.type === 'literal' ? `${typeText(first)}, ` : ''
}

/** TypeDoc has a name of its own for a parameter that is taken apart. */
export function parameterName({ name }: ParameterReflection): string {
  return name.startsWith('__') ? 'options' : name
}

function parameterText(parameter: ParameterReflection): string {
  const { flags, defaultValue, type } = parameter
  const optional = flags.isOptional || defaultValue !== undefined ? '?' : ''
  return `${flags.isRest ? '...' : ''}${parameterName(parameter)}${optional}: ${typeText(type)}`
}

/** An object's members, or a function, in one line. */
function objectText(declaration: DeclarationReflection): string {
  const [signature] = declaration.signatures ?? []
  if (signature !== undefined) return signatureText('', signature, ' => ')
  const members = (declaration.children ?? []).map(memberText)
  for (const { parameters = [], type } of declaration.indexSignatures ?? [])
    members.unshift(`[${parameters.map(parameterText).join()}]: ${typeText(type)}`)
  return members.length === 0 ? '{}' : `{ ${members.join('; ')} }`
}

function memberText({ name, flags, type, signatures }: DeclarationReflection): string {
  const [method] = signatures ?? []
  if (method !== undefined) return signatureText(name, method)
  return `${name}${flags.isOptional ? '?' : ''}: ${typeText(type)}`
}

/** In brackets where the type would else belong to something else. */
function grouped(type: Type): string {
  const text = typeText(type)
  return /^(union|intersection|conditional|typeOperator)$/.test(type.type) || text.includes('=>')
    ? `(${text})`
    : text
}

const writers: { readonly [K in SomeType['type']]?: (type: Extract<SomeType, { type: K }>) => string } = {
  array: ({ elementType }) => `${grouped(elementType)}[]`,
  conditional: ({ checkType, extendsType, trueType, falseType }) =>
    `${typeText(checkType)} extends ${typeText(extendsType)} ? ${typeText(trueType)} : ${typeText(falseType)}`,
  indexedAccess: ({ objectType, indexType }) => `${grouped(objectType)}[${typeText(indexType)}]`,
  intersection: ({ types }) => types.map(grouped).join(' & '),
  literal: ({ value }) => (typeof value === 'string' ? `'${value}'` : String(value)),
  mapped: ({ parameter, parameterType, templateType, optionalModifier, nameType }) => {
    const renamed = nameType === undefined ? '' : ` as ${typeText(nameType)}`
    return `{ [${parameter} in ${typeText(parameterType)}${renamed}]${optionalModifier === '+' ? '?' : ''}: ${typeText(templateType)} }`
  },
  namedTupleMember: ({ name, isOptional, element }) =>
    `${name}${isOptional ? '?' : ''}: ${typeText(element)}`,
  optional: ({ elementType }) => `${typeText(elementType)}?`,
  query: ({ queryType }) => `typeof ${typeText(queryType)}`,
  reference: ({ name, reflection, typeArguments }) => {
    const inner = typeArguments === undefined ? '' : `<${typeArguments.map(typeText).join(', ')}>`
    return `${reflection?.name ?? name}${inner}`
  },
  reflection: ({ declaration }) => objectText(declaration),
  rest: ({ elementType }) => `...${typeText(elementType)}`,
  templateLiteral: ({ head, tail }) =>
    `\`${head}${tail.map(([type, text]) => `\${${typeText(type)}}${text}`).join('')}\``,
  tuple: ({ elements }) => `[${elements.map(typeText).join(', ')}]`,
  typeOperator: ({ operator, target }) => `${operator} ${typeText(target)}`,
  union: ({ types }) =>
    types.map((type) => (typeText(type).includes('=>') ? `(${typeText(type)})` : typeText(type))).join(' | '),
}
