import { UsageError } from '../../../build/errors.ts'
import type { Manifest, ManifestPlugin } from '../../../build/manifest.ts'
import { checkConfig, type DumpSchema, type Issue } from '../../schema/index.ts'

export type Values = { [field: string]: unknown }

/** A plugin and the configuration that `--set` gave it. */
export interface Configured {
  readonly plugin: ManifestPlugin
  readonly config: Values
  /** What Kong would miss in it: a line each, as `config.keys: required field missing`. */
  readonly missing: readonly string[]
}

/** The plugins with what `--set` says of them: `message=hi`, and in a bundle `hello.message=hi`. */
export function configure({ plugins }: Manifest, sets: readonly string[]): Configured[] {
  const configs = new Map(plugins.map(({ name }) => [name, emptyValues()]))
  for (const set of sets) {
    const { plugin, path, text } = readSet(set, plugins)
    put(configs.get(plugin.name)!, path, readValue(set, typeAt(set, plugin, path), text))
  }
  return plugins.map((plugin) => {
    const config = configs.get(plugin.name)!
    return { plugin, config, missing: missingIn(plugin, config) }
  })
}

function readSet(set: string, plugins: readonly ManifestPlugin[]) {
  const [, key, text] = /^([^=]+)=(.*)$/s.exec(set) ?? []
  if (key === undefined || text === undefined)
    throw new UsageError(`Cannot read --set ${set}: write it as message=hi, or limits.size=5`)
  const words = key.split('.')
  if (plugins.length === 1) return { plugin: plugins[0]!, path: words, text }
  const plugin = plugins.find(({ name }) => name === words[0])
  if (plugin === undefined || words.length < 2)
    throw new UsageError(
      `Cannot tell which plugin --set ${set} is for: begin with its name, as ${plugins[0]!.name}.message=hi; there are ${plugins.map(({ name }) => name).join(', ')}`,
    )
  return { plugin, path: words.slice(1), text }
}

export interface FieldSchema {
  readonly type?: string
  readonly fields?: readonly { readonly [name: string]: FieldSchema }[]
  readonly [attribute: string]: unknown
}

/** The fields of a plugin's configuration, in their order. */
export function fieldsOf({ schema }: ManifestPlugin): [string, FieldSchema][] {
  const config = entries(schema as FieldSchema).find(([name]) => name === 'config')
  return config === undefined ? [] : entries(config[1])
}

function entries({ fields = [] }: FieldSchema): [string, FieldSchema][] {
  return fields.flatMap((entry) => Object.entries(entry))
}

function typeAt(set: string, plugin: ManifestPlugin, path: readonly string[]): string {
  let fields = fieldsOf(plugin)
  let type = 'record'
  for (const [index, word] of path.entries()) {
    const field = fields.find(([name]) => name === word)?.[1]
    if (field === undefined)
      throw new UsageError(
        `Cannot set ${path.slice(0, index + 1).join('.')} of ${plugin.name}, as --set ${set} says: there ${fields.length === 0 ? 'are no fields' : `is only ${fields.map(([name]) => name).join(', ')}`}`,
      )
    fields = entries(field)
    type = field.type ?? 'string'
  }
  return type
}

function readValue(set: string, type: string, text: string): unknown {
  if (type === 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(
      `Cannot read the value in --set ${set}: the field is of the type ${type} and takes JSON, as ${samples[type] ?? '["a","b"]'}`,
    )
  }
}

const samples: Readonly<Record<string, string>> = {
  number: '1.5',
  integer: '5',
  boolean: 'true',
  record: '{"size":5}',
  map: '{"name":"value"}',
}

/** No prototype: a field may be called as one of its members. */
function emptyValues(): Values {
  return Object.create(null) as Values
}

/** A record that was given as something else before is a new one: of two that contradict each other the last one counts. */
function put(config: Values, path: readonly string[], value: unknown): void {
  const [word, ...rest] = path as [string, ...string[]]
  if (rest.length === 0) {
    config[word] = value
    return
  }
  const before = Object.hasOwn(config, word) ? config[word] : undefined
  const isRecord = typeof before === 'object' && before !== null && !Array.isArray(before)
  const inner = isRecord ? (before as Values) : emptyValues()
  config[word] = inner
  put(inner, rest, value)
}

/** Refuses what Kong would refuse of what was given; what was not given may come later, so that is told only. */
function missingIn(plugin: ManifestPlugin, config: Values): string[] {
  const verdict = checkConfig(plugin.schema as DumpSchema, { config })
  if (verdict.ok) return []
  const found = sentences(verdict.errors, '')
  const wrong = found.find(({ issue }) => !isLack.test(issue))
  if (wrong !== undefined && Object.keys(config).length > 0)
    throw new UsageError(
      `Cannot configure ${plugin.name} like this, as Kong would refuse it: ${wrong.path}: ${wrong.issue}; give another value with --set`,
    )
  return found.map(({ path, issue }) => `${path}: ${issue}`)
}

/** What Kong says of what is not there. */
const isLack =
  /^(required field missing$|field required for entity check|(at least|exactly) one of these fields must be non-empty|all or none of these fields must be set)/

function sentences(issue: Issue | null, path: string): { path: string; issue: string }[] {
  if (issue === null) return []
  if (typeof issue === 'string') return [{ path, issue }]
  return Object.entries(issue).flatMap(([key, inner]) =>
    sentences(inner, key === '@entity' || /^\d+$/.test(key) ? path : path === '' ? key : `${path}.${key}`),
  )
}
