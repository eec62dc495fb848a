import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type ScalarTag,
  type Tags,
} from 'yaml'
import { BuildError } from '../../../build/errors.ts'

/** Where something stands: the members and list indices that lead to it. */
export type Path = readonly (string | number)[]

export interface Place {
  readonly line: number
  readonly column: number
}

export interface YamlFile {
  readonly value: unknown
  /** Both count from 1; for a member it is its key. */
  place(path: Path): Place
}

/**
 * Reads YAML or JSON as Kong's own reader (lyaml, YAML 1.1) does: `yes` and `on` are booleans, `y` and dates are text,
 * `<<` merges. Stricter than it, a key that stands twice is a mistake. Throws a BuildError with the place.
 */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter()
  const document = parse(text, file, lines)
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const [error] = document.errors
  if (error !== undefined) {
    const { line, column } = placeAt(error.pos[0])
    throw new BuildError(
      `${file}:${line}:${column}: ${isSecondDocument(error) ? secondDocument : error.message}`,
    )
  }
  return {
    value: valueIn(document, file),
    place: (path) => placeAt(offsetOf(document, path)),
  }
}

function parse(text: string, file: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, {
      version: '1.1',
      merge: true,
      customTags: tagsOfKong,
      lineCounter,
      prettyErrors: false,
      logLevel: 'error',
    })
  } catch (error) {
    // The parser calls itself for each level.
    if (!(error instanceof RangeError)) throw error
    throw new BuildError(`Cannot read ${file}: it is nested too deep`)
  }
}

/** An anchor that is used thousands of times, inside others of the kind, is an attack on memory. */
const maxAliasCount = 10_000
const secondDocument = 'a second document begins here: Kong reads one only'

function isSecondDocument({ code }: { readonly code: string }): boolean {
  return code === 'MULTIPLE_DOCS'
}

function tagsOfKong(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === 'string' || !unknownTags.has(tag.tag))
  return kept.map((tag) =>
    typeof tag !== 'string' && tag.tag === 'tag:yaml.org,2002:bool' ? withLongWords(tag as ScalarTag) : tag,
  )
}

const unknownTags = new Set(
  ['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`),
)

function withLongWords(tag: ScalarTag): ScalarTag {
  const isTrue = tag.test?.test('true') === true
  return { ...tag, test: isTrue ? /^(?:[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/ : falseWords }
}

const falseWords = /^(?:[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/

function valueIn(document: Document, file: string): unknown {
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BuildError(`${file}: ${why}`)
  }
  if (hasCycle(value, new Set(), new Set()))
    throw new BuildError(`${file}: an alias stands inside of its own anchor, so that the file has no end`)
  return value
}

function hasCycle(value: unknown, open: Set<unknown>, done: Set<unknown>): boolean {
  if (typeof value !== 'object' || value === null || done.has(value)) return false
  if (open.has(value)) return true
  open.add(value)
  const found = Object.values(value).some((member) => hasCycle(member, open, done))
  open.delete(value)
  done.add(value)
  return found
}

/** What was merged in from elsewhere has the place of what it was merged into. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const key of path) {
    const target = isAlias(node) ? node.resolve(document) : node
    if (isMap(target)) {
      const pair = target.items.find(({ key: own }) => isScalar(own) && String(own.value) === String(key))
      if (pair === undefined) return offset
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(target)) {
      node = target.items[Number(key)]
      offset = startOf(node) ?? offset
    }
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined | null)?.range?.[0]
}
