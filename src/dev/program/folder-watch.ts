import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

/** Milliseconds that a save takes, which may be several writes; and the longest that they are waited for. */
const saving = 15
const mostSaving = 150

export interface FolderWatchOptions {
  /** Whether it matters that a file was written; that one appears or goes always does. */
  matters(file: string): boolean
  onChange(): void
  onFailure(sentence: string): void
}

/** Looks at what happens in folders, not in those below them. */
export class FolderWatch {
  readonly #options: FolderWatchOptions
  readonly #watched = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>()
  #timer: NodeJS.Timeout | undefined
  #since = 0

  constructor(options: FolderWatchOptions) {
    this.#options = options
  }

  /**
   * Watches these folders and no others. From when it resolves nothing is missed; true where some were not watched
   * before.
   */
  async watch(folders: ReadonlySet<string>): Promise<boolean> {
    for (const [folder, { watcher, identity }] of this.#watched) {
      // A folder that was removed and made anew is another.
      if (folders.has(folder) && identity === identityOf(folder)) continue
      this.#watched.delete(folder)
      await watcher.close()
    }
    const fresh = [...folders].filter((folder) => !this.#watched.has(folder))
    await Promise.all(fresh.map((folder) => this.#add(folder)))
    return fresh.length > 0
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    const watched = [...this.#watched.values()]
    this.#watched.clear()
    await Promise.all(watched.map(({ watcher }) => watcher.close()))
  }

  #add(folder: string): Promise<void> {
    const identity = identityOf(folder)
    const watcher = watch(folder, {
      depth: 0,
      ignoreInitial: true,
      ignorePermissionErrors: true,
      atomic: false,
    })
    this.#watched.set(folder, { watcher, identity })
    // Its other events come later, and of quick changes it leaves some out.
    watcher.on('raw', (event, name, details) => {
      const { watchedPath = folder } = details as { watchedPath?: string }
      // Seen from a folder it is a name in it, seen from the file its own, and where files are polled a whole path.
      const file = basename(watchedPath) === name ? watchedPath : resolve(watchedPath, name ?? '')
      if (event === 'rename' || file === folder || this.#options.matters(file)) this.#changed()
    })
    return new Promise((resolve) => {
      watcher.on('ready', resolve)
      watcher.on('error', (error) => {
        this.#options.onFailure(`Cannot watch ${folder}: ${(error as Error).message}`)
        resolve()
      })
    })
  }

  #changed(): void {
    const now = performance.now()
    if (this.#timer === undefined) this.#since = now
    else if (now - this.#since > mostSaving) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#options.onChange()
    }, saving)
  }
}

function identityOf(folder: string): string {
  const { ino, birthtimeNs } = statSync(folder, { bigint: true, throwIfNoEntry: false }) ?? {}
  return `${ino} ${birthtimeNs}`
}
