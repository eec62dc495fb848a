import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = resolve('.')
const loader = join(root, 'build/load-typescript.mjs')

/** A folder of an author who has installed this package, and other packages of ours. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'kts-author-'))

  constructor(packages: readonly string[] = []) {
    mkdirSync(join(this.folder, 'node_modules'))
    mkdirSync(join(this.folder, 'tmp'))
    symlinkSync(root, join(this.folder, 'node_modules/kong-ts-pdk'))
    symlinkSync(join(root, 'dist'), join(this.folder, 'dist'))
    for (const name of packages)
      symlinkSync(join(root, 'node_modules', name), join(this.folder, 'node_modules', name))
    this.write('package.json', '{ "type": "module" }')
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  /** Runs Node on TypeScript; a process that does not end by itself has no status. */
  node(...args: string[]): { status: number | null; output: string } {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', loader, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      timeout: 30_000,
      // A short path, as sockets are made in it.
      env: { ...env, TMPDIR: join(this.folder, 'tmp') },
    })
    return { status, output: `${stdout}${stderr}` }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
