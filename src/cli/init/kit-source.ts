import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { root } from '../../../build/kit.ts'
import { packPackage } from '../../../build/npm.ts'
import { withScratch } from '../../../build/scratch.ts'
import { version } from '../../version.ts'

/** Where a new project gets this kit from. */
export interface KitSource {
  /** What its package.json calls the kit. */
  readonly spec: string
  /** The package, where it has to lie in the project: path → bytes. */
  readonly files: ReadonlyMap<string, Buffer>
}

/**
 * The version, where this kit came from a registry. A clone, and a kit that was installed from a file, is packed into the
 * project: who clones that, its CI and its Dockerfile have no other way to it.
 */
export async function kitSource(): Promise<KitSource> {
  if (isFromRegistry()) return { spec: version, files: new Map() }
  return withScratch(tmpdir(), 'kong-ts-init-', async (folder) => {
    const file = await packPackage(root, folder)
    const path = `vendor/${basename(file)}`
    return { spec: `file:${path}`, files: new Map([[path, await readFile(file)]]) }
  })
}

/** npm notes beside what it has installed where each package came from. */
function isFromRegistry(): boolean {
  const notes = join(dirname(root), '.package-lock.json')
  if (basename(dirname(root)) !== 'node_modules' || !existsSync(notes)) return false
  const { packages }: { packages?: Record<string, { resolved?: string }> } = JSON.parse(
    readFileSync(notes, 'utf8'),
  )
  return isOfRegistry(packages?.[`node_modules/${basename(root)}`]?.resolved ?? '')
}

/** A package at any other address is not asked for by its version: whoever has that name in a registry would be asked. */
export function isOfRegistry(address: string): boolean {
  return /^https?:\/\/.*\/-\/[^/]+\.tgz$/.test(address)
}
