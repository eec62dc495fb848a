import {
  closeSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fault, reason } from '../errors.ts'
import { defaultPrefix } from './arguments.ts'

const named = 'kong-ts-addon-'

/**
 * Gives `use` a path to the bytes, for what takes only files, in the first folder that allows it. On Linux no name
 * leads to the file any more by then: nothing is left over, however the process ends, and nobody can put another in
 * its place. Elsewhere it lies in a folder of our own until `use` returns, or with `keep` until the process ends.
 */
export function unpack<T>(
  bytes: Uint8Array,
  file: string,
  use: (path: string) => T,
  { keep = false } = {},
): T {
  const refusals: string[] = []
  for (const folder of folders()) {
    let unpacked: Unpacked
    try {
      unpacked = write(folder, bytes, basename(file))
    } catch (error) {
      refusals.push(`${folder}: ${reason(error)}`)
      continue
    }
    try {
      const result = use(unpacked.path)
      unpacked.done(keep)
      return result
    } catch (error) {
      unpacked.fail()
      if (!forbidsCode(error)) throw error
      refusals.push(`${folder}: code may not run from there (noexec)`)
    }
  }
  throw fault('NO_PLACE', file, refusals)
}

interface Unpacked {
  readonly path: string
  done(keep: boolean): void
  fail(): void
}

/** Kong starts a plugin with an empty environment, where Node's own choice is /tmp. */
function folders(): string[] {
  const own = process.platform === 'win32' ? [] : ['/tmp', '/var/tmp', '/dev/shm', '/run']
  const all = [tmpdir(), ...own, prefix(), dirname(process.execPath)]
  return [...new Set(all)].filter((folder) => existsSync(folder))
}

/** Kong writes its own files there. The flags are read properly later, when the plugin's code has been loaded. */
function prefix(): string {
  return /\0--?kong-prefix[=\0]([^\0]+)/.exec(process.argv.join('\0'))?.[1] ?? defaultPrefix
}

function write(folder: string, bytes: Uint8Array, name: string): Unpacked {
  const home = mkdtempSync(join(folder, `${named}${process.pid}-`)) // with mode 0700, whatever the umask
  const path = join(home, name)
  let fd: number | undefined
  try {
    fd = openSync(path, 'wx+', 0o600)
    writeFileSync(fd, bytes)
    const nameless = `/proc/self/fd/${fd}`
    if (process.platform === 'linux' && existsSync(nameless)) return withoutName(nameless, fd, path)
    if (!isSafe(folder)) throw new Error('others may change it, and its sticky bit is not set')
    closeSync(fd)
    fd = undefined
    sweep(folder)
    return withName(path)
  } catch (error) {
    if (fd !== undefined) closeSync(fd)
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

/** The descriptor stays open: the C library takes two files of one path for the same, so its number must not return. */
function withoutName(nameless: string, fd: number, path: string): Unpacked {
  unlinkSync(path)
  rmdirSync(dirname(path))
  return { path: nameless, done() {}, fail: () => closeSync(fd) }
}

function withName(path: string): Unpacked {
  const remove = () => {
    try {
      rmSync(dirname(path), { recursive: true, force: true })
    } catch {
      // Windows holds a loaded library until the process has ended: a later one sweeps.
    }
  }
  return { path, done: (keep) => (keep ? process.once('exit', remove) : remove()), fail: remove }
}

/** Where others could rename our folder and put theirs in its place, only a file without a name is safe. */
function isSafe(folder: string): boolean {
  if (process.platform === 'win32') return true
  const { mode } = statSync(folder)
  return (mode & 0o022) === 0 || (mode & 0o1000) !== 0
}

/** What our own earlier processes could not remove, those killed among them. A young folder may be about to be used. */
function sweep(folder: string): void {
  const tried = (action: () => void) => {
    try {
      action()
    } catch {
      // May not be listed; removed meanwhile, or still loaded by another process.
    }
  }
  tried(() => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      tried(
        () => name.startsWith(named) && isLeftOver(path) && rmSync(path, { recursive: true, force: true }),
      )
    }
  })
}

/** A process number that has gone round leaves it for later. */
function isLeftOver(path: string): boolean {
  const { mtimeMs, uid } = lstatSync(path)
  const own = process.geteuid === undefined || uid === process.geteuid()
  return (
    own && Date.now() - mtimeMs > 600_000 && !isAlive(Number.parseInt(basename(path).slice(named.length), 10))
  )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function forbidsCode(error: unknown): boolean {
  return /failed to map segment|Operation not permitted|Permission denied/.test(reason(error))
}
