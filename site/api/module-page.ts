import { type DeclarationReflection, ReflectionKind, type SignatureReflection } from 'typedoc'
import { code, parameterComment, summaryOf, tagsOf, typedTable } from './comments.ts'
import { aliasText, parameterName, shortText, signatureText } from './types.ts'

/** The Markdown of an entry point: what can be called first, then the types. */
export function modulePage(name: string, exported: readonly DeclarationReflection[]): string {
  const values = exported.filter(({ kind }) => !isType(kind))
  const types = exported.filter(({ kind }) => isType(kind))
  return [
    `# ${name}`,
    `All that \`import { ... } from '${name}'\` gives, from the doc comments of the sources.`,
    ...values.map(symbolSection),
    ...types.map(symbolSection),
  ].join('\n\n')
}

const isType = (kind: ReflectionKind) =>
  kind === ReflectionKind.Interface || kind === ReflectionKind.TypeAlias

function symbolSection(symbol: DeclarationReflection): string {
  const heading = `## ${code(symbol.name)}`
  const [signature] = symbol.signatures ?? []
  if (signature !== undefined) return [heading, ...functionParts(symbol.name, signature)].join('\n\n')
  const parts = [heading, summaryOf(symbol)]
  if (symbol.kind === ReflectionKind.TypeAlias) parts.push(aliasBlock(symbol))
  if (symbol.kind === ReflectionKind.Class) parts.push(...constructorParts(symbol))
  const members = membersOf(symbol)
  if (isObjectOfFunctions(members))
    parts.push(...ownFirst(symbol, members).map((member) => memberSection(symbol.name, member)))
  else if (members.length > 0) parts.push(membersTable(members))
  return [...parts, ...examples(symbol)].filter((part) => part !== '').join('\n\n')
}

function functionParts(name: string, signature: SignatureReflection): string[] {
  const { comment, parameters = [] } = signature
  const rows = parameters.map((parameter) => {
    const what = parameterComment(comment, parameter.name)
    return [parameterName(parameter), shortText(parameter.type), what] as const
  })
  const described = parameters.some(({ name }) => parameterComment(comment, name) !== '')
  const returns = tagsOf(comment, '@returns').map((text) => `**Gives** ${text}`)
  const fails = [...tagsOf(comment, '@throws'), ...tagsOf(comment, '@fails')].map(
    (text) => `**Fails** ${text}`,
  )
  return [
    summaryOf(signature),
    block(signatureText(name, signature)),
    described ? typedTable('argument', rows) : '',
    ...returns,
    ...fails,
    ...tagsOf(comment, '@example'),
  ].filter((part) => part !== '')
}

function aliasBlock({ name, type, typeParameters = [] }: DeclarationReflection): string {
  if (type?.type === 'reflection' && (type.declaration.children ?? []).length > 0) return ''
  const generics = typeParameters.map(({ name }) => name).join(', ')
  return block(aliasText(`type ${name}${generics === '' ? '' : `<${generics}>`}`, type))
}

function constructorParts({ name, children = [] }: DeclarationReflection): string[] {
  const own = children.find((child) => child.kind === ReflectionKind.Constructor && !child.inheritedFrom)
  const [signature] = own?.signatures ?? []
  if (signature === undefined) return []
  return [block(`new ${signatureText(name, signature, '')}`.replace(/[\w<>]+$/, ''))]
}

/** The members of an interface, a class, or a type that is an object. */
function membersOf({ children, type }: DeclarationReflection): readonly DeclarationReflection[] {
  const object = type?.type === 'reference' && type.name === 'Readonly' ? type.typeArguments?.[0] : type
  const inner = object?.type === 'reflection' ? object.declaration.children : undefined
  return (children ?? inner ?? []).filter(({ kind }) => kind !== ReflectionKind.Constructor)
}

function isObjectOfFunctions(members: readonly DeclarationReflection[]): boolean {
  return (
    members.length > 3 && members.every((member) => callOf(member) !== undefined && !member.flags.isOptional)
  )
}

/** Members that stand in the object itself, then those that it takes over from above. */
function ownFirst(
  object: DeclarationReflection,
  members: readonly DeclarationReflection[],
): readonly DeclarationReflection[] {
  const start = object.sources?.[0]?.line ?? 0
  const isOwn = ({ sources }: DeclarationReflection) => (sources?.[0]?.line ?? 0) >= start
  return [...members.filter(isOwn), ...members.filter((member) => !isOwn(member))]
}

function callOf({ signatures, type }: DeclarationReflection): SignatureReflection | undefined {
  const [inner] = type?.type === 'reflection' ? (type.declaration.signatures ?? []) : []
  return signatures?.[0] ?? inner
}

/** A function of an object, as `s.string`. */
function memberSection(object: string, member: DeclarationReflection): string {
  const signature = callOf(member) as SignatureReflection
  const parts = functionParts(`${object}.${member.name}`, signature)
  const summary = summaryOf(member)
  return [
    `### ${code(`${object}.${member.name}`)}`,
    summary,
    ...parts.filter((part) => part !== summary),
  ].join('\n\n')
}

function membersTable(members: readonly DeclarationReflection[]): string {
  const rows = members.map((member) => {
    const { name, flags, type } = member
    const call = callOf(member)
    const shape = call === undefined || type !== undefined ? shortText(type) : signatureText('', call, ' => ')
    const what = summaryOf(member) || (call === undefined ? '' : summaryOf(call))
    return [`${name}${flags.isOptional ? '?' : ''}`, shape, what] as const
  })
  return typedTable('member', rows)
}

function examples({ comment }: DeclarationReflection): string[] {
  return tagsOf(comment, '@example')
}

function block(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``
}
