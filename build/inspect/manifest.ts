import { BuildError } from '../errors.ts'
import { decodeManifest, type Manifest } from '../manifest.ts'

/** The manifest of a blob, or `undefined` where it has none. Its form is checked, as anybody may have written it. */
export function readManifest(blob: Buffer): Manifest | undefined {
  const manifest = decode(blob)
  if (manifest === undefined) return undefined
  const fault = shallow(manifest, 'the manifest') ?? manifestForm(manifest, 'the manifest')
  if (fault === undefined) return manifest
  throw new BuildError(`its manifest cannot be read, as ${fault}: read it with the kong-ts-pdk that built it`)
}

function decode(blob: Buffer): Manifest | undefined {
  try {
    return decodeManifest(blob)
  } catch (error) {
    if (error instanceof SyntaxError) throw new BuildError(`its manifest is no JSON: ${error.message}`)
    throw error
  }
}

/** What is wrong with a value, as the rest of a sentence. */
type Form = (value: unknown, path: string) => string | undefined

/** Deeper ones overflow the stack of whoever prints them; a schema has some four levels for each of its records. */
const deepest = 200
/** Longer ones are no list of a build's. */
const longest = 10_000

const text = typed('string', 'text')
const number = typed('number', 'a number')
const flag = typed('boolean', 'true or false')
const anything: Form = () => undefined
const hash: Form = (value, path) =>
  /^[0-9a-f]{64}$/.test(String(value)) ? undefined : `${path} is not a SHA-256 in hexadecimal`

const manifestForm = record({
  kit: text,
  node: text,
  platform: text,
  name: text,
  plugins: list(
    record({
      name: text,
      version: text,
      priority: number,
      phases: list(text),
      protocol: text,
      schema: anything,
      schemaHash: hash,
      pdk: list(text),
    }),
  ),
  packages: list(record({ name: text, version: text, license: optional(text) })),
  addons: list(
    record({
      file: text,
      sha256: hash,
      asset: text,
      libraries: list(text),
      wantedVersions: table(list(text)),
    }),
  ),
  flags: record({ execArgv: list(text), codeCache: flag, stripped: flag }),
})

function shallow(value: unknown, path: string, depth = 0): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === deepest) return `${path} is nested more than ${deepest} levels deep`
  for (const member of Object.values(value)) {
    const fault = shallow(member, path, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}

function typed(type: 'string' | 'number' | 'boolean', word: string): Form {
  return (value, path) => (typeof value === type ? undefined : `${path} is not ${word}`)
}

function optional(form: Form): Form {
  return (value, path) => (value === undefined ? undefined : form(value, path))
}

function list(form: Form): Form {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} is not a list`
    if (value.length > longest) return `${path} has more than ${longest} entries`
    for (const [index, entry] of value.entries()) {
      const fault = form(entry, `${path}[${index}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

function table(form: Form): Form {
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return `${path} is not an object`
    return list(form)(Object.values(value), path)
  }
}

function record(members: Readonly<Record<string, Form>>): Form {
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return `${path} is not an object`
    const found = new Map(Object.entries(value))
    for (const [name, form] of Object.entries(members)) {
      const fault = form(found.get(name), `${name} of ${path}`)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}
