import type { DeclarationReflection, ReferenceType, SignatureReflection, SomeType } from 'typedoc'
import type { Problem } from '../problem.ts'
import { code, inCell, parameterComment, summaryOf, tagsOf, typedTable } from './comments.ts'
import { signatureText, typeText } from './types.ts'

/** A function of Kong, `kong.request.getHeader`. */
export interface KongFunction {
  readonly path: string
  readonly signature: SignatureReflection
  readonly row: DeclarationReflection
}

/** Every function of the table by its namespace: `kong.request` with all that lies below it. */
export function functionsByNamespace(table: DeclarationReflection): Map<string, readonly KongFunction[]> {
  const namespaces = childrenOf(table).map((child) => [`kong.${child.name}`, child] as const)
  return new Map(namespaces.map(([path, child]) => [path, functionsBelow(path, child)]))
}

/** What of the table cannot be documented. */
export function functionProblems(functions: readonly KongFunction[]): Problem[] {
  return functions
    .filter(({ row }) => summaryOf(row) === '')
    .map(({ path, row }) => ({
      file: row.sources?.[0]?.fileName ?? 'src/pdk/methods.ts',
      line: row.sources?.[0]?.line ?? 1,
      text: `Cannot document ${path}, as it has no doc comment: say what it is, with its phases, units and failures`,
    }))
}

/** The Markdown of a namespace. */
export function namespacePage(namespace: string, functions: readonly KongFunction[]): string {
  const rows = functions.map(({ path, row }) => {
    const [first = ''] = summaryOf(row).split(/(?<=\.)\s/)
    return `| ${code(path)} | ${inCell(first)}<br>*${phasesOf(row).join(', ')}* |`
  })
  return [
    `# ${namespace}`,
    'Each function gives a promise. A handler is offered those of its phase, over the protocol of its plugin.',
    ['| function | what it does, and in which phases |', '|---|---|', ...rows].join('\n'),
    ...functions.map(functionSection),
  ].join('\n\n')
}

function functionSection({ path, signature, row }: KongFunction): string {
  const { comment } = row
  const name = path.split('.').at(-1) ?? path
  const parameters = (signature.parameters ?? []).map(
    ({ name, type }) => [name, typeText(type), parameterComment(comment, name)] as const,
  )
  const words = (tag: `@${string}`) => inCell(tagsOf(comment, tag).join(' '))
  const facts = [
    ['gives', words('@returns')],
    ['fails', words('@fails')],
    ['phases', phasesOf(row).join(', ')],
    ['over', words('@dialects')],
    ['since', words('@since')],
  ].filter(([, what]) => what !== '')
  return [
    `## ${code(path)}`,
    summaryOf(row),
    `\`\`\`ts\n${signatureText(name, signature)}\n\`\`\``,
    parameters.length === 0 ? '' : typedTable('argument', parameters),
    facts.map(([label, what]) => `- **${label}** ${what}`).join('\n'),
    ...tagsOf(comment, '@example'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function phasesOf({ comment }: DeclarationReflection): string[] {
  return tagsOf(comment, '@phases').flatMap((text) => text.split(/,\s*/))
}

/** `self` is the namespace itself, where it can be called. */
function functionsBelow(path: string, node: DeclarationReflection): KongFunction[] {
  const signature = signatureOf(node.type)
  if (signature !== undefined) return [{ path: path.replace(/\.self$/, ''), signature, row: node }]
  return childrenOf(node).flatMap((child) => functionsBelow(`${path}.${child.name}`, child))
}

function childrenOf({ type }: DeclarationReflection): readonly DeclarationReflection[] {
  return type?.type === 'reflection' ? (type.declaration.children ?? []) : []
}

/** The function that an author sees: what `Method` was given first, or the member `call`. */
function signatureOf(type: SomeType | undefined): SignatureReflection | undefined {
  if (type?.type === 'reference' && (type as ReferenceType).name === 'Method') {
    const [call] = type.typeArguments ?? []
    return call?.type === 'reflection' ? call.declaration.signatures?.[0] : undefined
  }
  if (type?.type === 'intersection') return type.types.map(signatureOf).find((found) => found !== undefined)
  const call = type?.type === 'reflection' ? type.declaration.getChildByName('call') : undefined
  const held = (call as DeclarationReflection | undefined)?.type
  return held?.type === 'reflection' ? held.declaration.signatures?.[0] : undefined
}
