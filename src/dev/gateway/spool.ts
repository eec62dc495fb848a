import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Those that lie there: what a client sent must not stay behind an end in the middle of it. */
const folders = new Set<string>()

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

/** A private file that holds a long body, in a private folder of its own. */
export class Spool {
  readonly path: string
  readonly #folder: string
  readonly #file: FileHandle

  private constructor(folder: string, path: string, file: FileHandle) {
    this.#folder = folder
    this.path = path
    this.#file = file
  }

  static async create(): Promise<Spool> {
    const folder = await mkdtemp(join(tmpdir(), 'kong-ts-body-'))
    if (folders.size === 0) process.on('exit', removeAll)
    folders.add(folder)
    const path = join(folder, randomUUID())
    return new Spool(folder, path, await open(path, 'wx', 0o600))
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#file.writeFile(bytes)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async remove(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await rm(this.#folder, { recursive: true, force: true })
    folders.delete(this.#folder)
    if (folders.size === 0) process.off('exit', removeAll)
  }
}
