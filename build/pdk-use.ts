import { type CallExpression, type Node, type ObjectPattern, parse } from 'acorn'
import { ancestor, simple } from 'acorn-walk'
import { build, type Plugin } from 'esbuild'
import type { Argument } from '../src/pdk/arguments.ts'
import { methods } from '../src/pdk/methods.ts'
import type { Row } from '../src/pdk/row.ts'
import { nativeAddons } from './native-addons.ts'
import { wasmFiles } from './wasm.ts'

/**
 * The PDK functions that a plugin's code names, as Kong calls them and sorted. The code is read, not run.
 *
 * In the plugin's own files `kong.request.getHeader` counts whatever `kong` is called there, and so do `{ getHeader } =
 * kong.request` and `r.getHeader` after `r = kong.request`; a function whose name is its own alone, as `getUriCaptures`,
 * counts behind any parameter of a function, unless it is given an object where Kong's takes none. In the code of packages, which have functions of the same names, only what stands
 * behind `kong` counts. A name that is put together while the plugin runs never does.
 */
export async function findPdkUse(file: string, platform: string): Promise<string[]> {
  const [own, all] = [await bundleAlone(file, platform, true), await bundleAlone(file, platform, false)]
  return [...new Set([...namesIn(own, false), ...namesIn(all, true)])].sort()
}

/** What the plugin brings along without this kit, its types and comments gone and unused code left out. */
async function bundleAlone(file: string, platform: string, own: boolean): Promise<string> {
  const unused = { loader: kitName, found: new Map() }
  const result = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    legalComments: 'none',
    target: 'node24',
    ...(own && { packages: 'external' }),
    plugins: [withoutKit, nativeAddons({ platform, ...unused }), wasmFiles(unused)],
  })
  return result.outputFiles[0]?.text ?? ''
}

/** `strict` takes only what stands behind `kong`. Code that is too deeply nested to be parsed is searched as text. */
function namesIn(code: string, strict: boolean): Iterable<string> {
  try {
    return namesInTree(code, strict)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    const found = known.filter(({ paths }) => paths.some((path) => code.includes(`kong.${path.join('.')}`)))
    return found.map(({ name }) => name)
  }
}

function namesInTree(code: string, strict: boolean): Set<string> {
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module' })
  const aliases = findAliases(tree)
  const parameters = findParameters(tree)
  const used = new Set<string>()
  const note = (chain: readonly string[], fromParameter = false, object = false) => {
    const [first = '', last = ''] = chain
    const given = fromParameter ? first : parameters.has(first) && chain.length === 2 ? last : ''
    const guess = strict || (object && wantScalar.has(given)) ? undefined : unmistakable.get(given)
    const name = functionOf(chain, strict) ?? guess
    if (name !== undefined) used.add(name)
  }
  ancestor(tree, {
    MemberExpression(node, _state, ancestors) {
      const outer = ancestors.at(-2)
      // Only the longest chain: `kong.request` within `kong.request.getHeader` is no function.
      if (outer?.type === 'MemberExpression' && (outer as Member).object === node) return
      note(chainOf(node, aliases), false, outer !== undefined && givesObject(outer, node))
    },
    VariableDeclarator(node) {
      if (node.init != null) for (const chain of chainsOf(node.id, chainOf(node.init, aliases))) note(chain)
    },
    Function(node) {
      for (const parameter of node.params)
        for (const chain of chainsOf(parameter, [])) note(chain, chain.length === 1)
    },
  })
  return used
}

const kitName = 'kong-ts-pdk'

const withoutKit: Plugin = {
  name: 'without-kit',
  setup({ onResolve }) {
    onResolve({ filter: /^kong-ts-pdk$/ }, ({ path }) => ({ path, external: true }))
  },
}

type Member = Node & { object: Node; property: Node; computed: boolean }
type Aliases = ReadonlyMap<string, readonly string[]>

/** `r = kong.request`, whatever the scope: `r` stands for that chain. */
function findAliases(tree: Node): Aliases {
  const aliases = new Map<string, readonly string[]>()
  simple(tree, {
    VariableDeclarator(node) {
      if (node.id.type === 'Identifier' && node.init?.type === 'MemberExpression')
        aliases.set(node.id.name, chainOf(node.init, new Map()))
    },
  })
  return aliases
}

function findParameters(tree: Node): Set<string> {
  const names = new Set<string>()
  simple(tree, {
    Function(node) {
      for (const parameter of node.params) if (parameter.type === 'Identifier') names.add(parameter.name)
    },
  })
  return names
}

/** The names of `a.b?.c`: what stands left of a call or an index is unknown and ''. */
function chainOf(node: Node, aliases: Aliases): readonly string[] {
  if (node.type === 'ChainExpression')
    return chainOf((node as Node & { expression: Node }).expression, aliases)
  if (node.type !== 'MemberExpression') return aliases.get(nameOf(node)) ?? [nameOf(node)]
  const { object, property, computed } = node as Member
  return [...chainOf(object, aliases), computed && property.type !== 'Literal' ? '' : nameOf(property)]
}

function nameOf(node: Node): string {
  if (node.type === 'Identifier') return (node as Node & { name: string }).name
  return node.type === 'Literal' ? String((node as Node & { value: unknown }).value) : ''
}

/** Of `{ request: { getHeader } } = kong` the chains down to each name. */
function chainsOf(pattern: Node, base: readonly string[]): (readonly string[])[] {
  if (pattern.type !== 'ObjectPattern') return []
  return (pattern as ObjectPattern).properties.flatMap((property) => {
    if (property.type !== 'Property') return []
    const chain = [...base, nameOf(property.key)]
    return [chain, ...chainsOf(property.value, chain)]
  })
}

/** `span.setStatus({ code: 2 })`: the first argument is an object, whatever else it is. */
function givesObject(outer: Node, callee: Node): boolean {
  if (outer.type !== 'CallExpression') return false
  const call = outer as CallExpression
  return call.callee === callee && call.arguments[0]?.type === 'ObjectExpression'
}

interface Known {
  readonly name: string
  readonly args: readonly Argument[]
  /** Group and function as the chain ends with them: `['service', 'request', 'setHeader']`. */
  readonly paths: readonly (readonly string[])[]
}

const known: readonly Known[] = rowsOf(methods, []).map(({ name, args, path }) => ({
  name,
  args,
  paths: [path, name.split('.').slice(1)],
}))

/** Names of several words that only one function has. */
const unmistakable = new Map(
  known.flatMap(({ name, paths }) =>
    paths.flatMap((path) => {
      const own = path.at(-1) ?? ''
      const others = known.filter((other) => other.paths.some((candidate) => candidate.at(-1) === own))
      return others.length === 1 && /[A-Z_]/.test(own) ? [[own, name] as const] : []
    }),
  ),
)

/** Those of them whose first argument is a number, a text or a truth value, and no object. */
const wantScalar = new Set(
  known
    .filter(
      ({ args: [first] }) => first !== undefined && takes(first, 1, 200, 'a', true) && !takes(first, {}),
    )
    .flatMap(({ paths }) => paths.map((path) => path.at(-1) ?? '')),
)

function takes({ check }: Argument, ...values: unknown[]): boolean {
  return values.some((value) => {
    try {
      check(value, '')
      return true
    } catch {
      return false
    }
  })
}

/**
 * The function that a chain ends with, by Kong's name. The longest group wins: `service.request.getX` is not
 * `request.getX`.
 */
function functionOf(chain: readonly string[], strict: boolean): string | undefined {
  let found: string | undefined
  let longest = 1
  for (const { name, paths } of known)
    for (const path of paths)
      if (path.length > longest && endsWith(chain, strict ? ['kong', ...path] : path)) {
        found = name
        longest = path.length
      }
  return found
}

function endsWith(chain: readonly string[], path: readonly string[]): boolean {
  return (
    path.length <= chain.length &&
    path.every((part, index) => chain[chain.length - path.length + index] === part)
  )
}

function rowsOf(group: object, path: readonly string[]): (Pick<Row, 'name' | 'args'> & { path: string[] })[] {
  return Object.entries(group).flatMap(([key, member]: [string, object]) =>
    isRow(member)
      ? [{ name: member.name, args: member.args, path: [...path, key] }]
      : rowsOf(member, [...path, key]),
  )
}

function isRow(member: object): member is Row {
  return 'name' in member && 'phases' in member
}
