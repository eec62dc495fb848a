import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { type Findings, found, joinFindings, nothing } from './findings.ts'

/** The versions of each package that a lock file knows. */
export type Lock = ReadonlyMap<string, readonly Locked[]>

interface Locked {
  readonly version: string
  /** The packages below which it lies, and which alone get it; none for what all others get. */
  readonly owners: readonly string[]
}

const kit = 'kong-ts-pdk'
/** What the kit itself brings into a binary: who links the kit has neither in the lock file. */
const kitsOwn = ['prom-client']

const others = new Map([
  ['yarn.lock', 'Yarn'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['bun.lock', 'Bun'],
  ['bun.lockb', 'Bun'],
  ['deno.lock', 'Deno'],
])

/** Reads a package-lock.json or npm-shrinkwrap.json of npm 7 or later. */
export async function readLock(file: string): Promise<Lock> {
  const manager = others.get(basename(file))
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
  if (!isObject(packages) || (lockfileVersion !== 2 && lockfileVersion !== 3))
    throw new UsageError(`Cannot read the lock file ${file}: it is none of npm, of version 2 or 3`)
  return packages
}

/** An alias names its package, and a link, which has no version, stands for another entry. */
function versionsOf(packages: Record<string, unknown>): Lock {
  const lock = new Map<string, Locked[]>()
  for (const [path, value] of Object.entries(packages)) {
    const { name, version } = objectOf(value)
    if (path === '' || typeof version !== 'string') continue
    const [called = '', ...owners] = packagesOn(path).reverse()
    const key = typeof name === 'string' ? name : called
    lock.set(key, [...(lock.get(key) ?? []), { version, owners }])
  }
  return lock
}

/** `node_modules/a/node_modules/@b/c` is `@b/c` below `a`; a workspace `packages/d`, named nowhere, is `d`. */
function packagesOn(path: string): string[] {
  const [workspace = '', ...inside] = path.split('node_modules/').map((part) => part.replace(/\/$/, ''))
  const own = /(?:^|\/)(@[^/]+\/[^/]+|[^/]+)$/.exec(workspace)?.[1]
  return inside.length === 0 && own !== undefined ? [own] : inside
}

/** What is in the binary against what the lock file says. */
export function checkLock({ packages, kit: version }: Manifest, lock: Lock): Findings {
  const bundled = new Map<string, Set<string>>()
  for (const one of packages) bundled.set(one.name, (bundled.get(one.name) ?? new Set()).add(one.version))
  if (lock.has(kit)) bundled.set(kit, new Set([version]))
  else bundled.delete(kit)
  for (const name of kitsOwn) if (!lock.has(kit) || !lock.has(name)) bundled.delete(name)
  return joinFindings(
    ...[...bundled].map(([name, versions]) => {
      const locked = lock.get(name) ?? []
      if (locked.length === 0) return checkUnknown(name, [...versions])
      // Which importer got which of several versions, the manifest does not say.
      const usual = versions.size > 1 ? locked : locked.filter((one) => isUsual(one, bundled))
      return checkPackage(name, [...versions], versionsIn(usual.length > 0 ? usual : locked))
    }),
  )
}

/** What a package outside of the binary gets, none inside of it does. */
function isUsual({ owners }: Locked, bundled: ReadonlyMap<string, unknown>): boolean {
  return owners.length === 0 || owners.some((owner) => bundled.has(owner))
}

function versionsIn(locked: readonly Locked[]): string[] {
  return [...new Set(locked.map(({ version }) => version))]
}

function checkUnknown(name: string, bundled: readonly string[]): Findings {
  return found(
    ...bundled.map((have) => ({
      name,
      have,
      want: 'not in the lock file',
      advice: 'run npm install, which writes it into the lock file, and build it again',
    })),
  )
}

function checkPackage(name: string, bundled: readonly string[], locked: readonly string[]): Findings {
  const strange = bundled.filter((version) => !locked.includes(version))
  if (strange.length === 0) return nothing
  const want = locked.join(' or ')
  return found(
    ...strange.map((have) => ({
      name,
      have,
      want,
      advice:
        name === kit
          ? 'build it with the kit that the lock file names'
          : 'run npm ci and build it again, so that what was tested is what is shipped',
    })),
  )
}

function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
