import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { type Findings, found, joinFindings, listSome, noted, nothing } from './findings.ts'

/** The versions of each package that a lock file knows. */
export type Lock = ReadonlyMap<string, readonly string[]>

const kit = 'kong-ts-pdk'
/** What the kit brings into every binary in its own version, whatever the lock of an author says. */
const broughtByKit = ['msgpackr']

const others: Readonly<Record<string, string>> = {
  'yarn.lock': 'Yarn',
  'pnpm-lock.yaml': 'pnpm',
  'bun.lock': 'Bun',
  'bun.lockb': 'Bun',
  'deno.lock': 'Deno',
}

/** Reads a package-lock.json or npm-shrinkwrap.json of npm 7 or later. */
export async function readLock(file: string): Promise<Lock> {
  const manager = others[basename(file)]
  if (manager !== undefined)
    throw new UsageError(
      `Cannot read ${file}, which is a lock file of ${manager}: only npm's package-lock.json can be checked`,
    )
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `Cannot read the lock file ${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
    )
  })
  return versionsOf(packagesOf(text, file))
}

function packagesOf(text: string, file: string): Record<string, unknown> {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new UsageError(`Cannot read the lock file ${file}: it is no JSON, as npm writes it`)
  }
  const { packages, lockfileVersion } = objectOf(document)
  if (lockfileVersion === 1)
    throw new UsageError(
      `Cannot read the lock file ${file} of version 1: write it anew with npm 7 or later (npm install --package-lock-only)`,
    )
  if (packages === undefined || (lockfileVersion !== 2 && lockfileVersion !== 3))
    throw new UsageError(`Cannot read the lock file ${file}: it is none of npm, of version 2 or 3`)
  return objectOf(packages)
}

/** `node_modules/a/node_modules/b` is a package b; an alias names its package, and a link, which has no version, stands for another entry. */
function versionsOf(packages: Record<string, unknown>): Lock {
  const versions = new Map<string, string[]>()
  for (const [path, value] of Object.entries(packages)) {
    const { name, version } = objectOf(value)
    const last = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const called = typeof name === 'string' ? name : path.includes('node_modules/') ? last : undefined
    if (path === '' || called === undefined || typeof version !== 'string') continue
    versions.set(called, [...new Set([...(versions.get(called) ?? []), version])])
  }
  return versions
}

/** What is in the binary against what the lock file says. */
export function checkLock({ packages, kit: version }: Manifest, lock: Lock): Findings {
  const bundled = new Map<string, string[]>()
  for (const one of packages) bundled.set(one.name, [...(bundled.get(one.name) ?? []), one.version])
  if (lock.has(kit)) bundled.set(kit, [version])
  const unknown = [...bundled.keys()].filter((name) => !lock.has(name) && !broughtByKit.includes(name))
  return joinFindings(
    ...[...bundled].map(([name, versions]) => checkPackage(name, versions, lock.get(name) ?? [])),
    unknown.length === 0
      ? nothing
      : noted(`The lock file knows nothing of ${listSome(unknown, 10)}, which the binary holds.`),
  )
}

function checkPackage(name: string, bundled: readonly string[], locked: readonly string[]): Findings {
  const strange = bundled.filter((version) => !locked.includes(version))
  if (locked.length === 0 || strange.length === 0) return nothing
  const want = locked.join(' or ')
  if (broughtByKit.includes(name))
    return noted(`The kit brought ${name} ${strange.join(', ')}; the lock file says ${want}.`)
  return joinFindings(
    ...strange.map((version) =>
      found({
        name,
        have: version,
        want,
        advice:
          name === kit
            ? 'build it with the kit that the lock file names'
            : 'run npm ci and build it again, so that what was tested is what is shipped',
      }),
    ),
  )
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
