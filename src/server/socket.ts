import { chmodSync, lstatSync, renameSync, type Stats, statSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:net'
import { dirname } from 'node:path'
import { KongPluginError, reason } from '../errors.ts'

/** Longest path of a unix socket: 108 bytes with the closing NUL on Linux, 104 on macOS. */
const longestPath = process.platform === 'darwin' ? 103 : 107

/** Milliseconds between two looks at whether the socket's path is still ours. */
const pathInterval = 500

/** What to do about a path that cannot be used, by what gives it. */
const advices = {
  kong: {
    long: 'choose a shorter -kong-prefix or -socket',
    folder:
      'give Kong\'s prefix ("prefix" in kong.conf) with -kong-prefix, or a path in a folder that exists with -socket',
    taken: 'remove it, or choose another path with -socket',
    refused: "start it as Kong's user, or choose another -kong-prefix",
  },
  metrics: {
    long: 'choose a shorter one with -metrics',
    folder: 'make it, or choose another path with -metrics',
    taken: 'remove it, or choose another path with -metrics',
    refused: 'choose another path with -metrics',
  },
} as const

type Use = keyof typeof advices

/** Which file a path names, whatever happens to the path later. */
export interface SocketFile {
  /** Whether the path still names this file. */
  isCurrent(): boolean
}

/**
 * Listens on `<path>.<pid>` and renames it over `path`: a server that still runs there keeps its connections, and
 * its closing, which removes a path by name, cannot remove ours. The socket is private from its first moment:
 * Kong starts plugins with umask 0.
 */
export async function listen(
  server: Server,
  path: string,
  mode: number,
  use: Use = 'kong',
): Promise<SocketFile> {
  const privatePath = privatePathOf(path)
  checkLength(privatePath, use)
  checkFolder(path, use)
  removeLeftover(privatePath)
  const umask = process.umask(0o177)
  try {
    await bind(server, privatePath, path, use)
  } finally {
    process.umask(umask)
  }
  try {
    chmodSync(privatePath, mode)
    const own = statSync(privatePath, { bigint: true })
    renameSync(privatePath, path)
    return {
      isCurrent() {
        try {
          const now = statSync(path, { bigint: true, throwIfNoEntry: false })
          return now !== undefined && now.ino === own.ino && now.dev === own.dev
        } catch {
          // Who may not look knows nothing new.
          return true
        }
      },
    }
  } catch (error) {
    server.close()
    throw cannotListen(path, error, use)
  }
}

/** A path that is this process's own, beside that of its socket. */
export function privatePathOf(path: string): string {
  return `${path}.${process.pid}`
}

/** Tells once when another file has the path. */
export function watchPath(file: SocketFile, onReplaced: () => void): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (file.isCurrent()) return
    clearInterval(timer)
    onReplaced()
  }, pathInterval)
  return timer.unref()
}

function bind(server: Server, privatePath: string, path: string, use: Use): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(cannotListen(path, error, use))
    server.once('error', failed)
    server.listen(privatePath, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function checkLength(path: string, use: Use): void {
  const length = Buffer.byteLength(path)
  if (length > longestPath)
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: the path has ${length} bytes where the system takes ${longestPath}; ${advices[use].long}`,
    )
}

function checkFolder(path: string, use: Use): void {
  const folder = dirname(path)
  const found = lookAt(folder, path, use)
  if (found === undefined)
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: there is no folder ${folder}; ${advices[use].folder}`,
    )
  if (!found.isDirectory())
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: ${folder} is no folder; ${advices[use].folder}`,
    )
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there !== undefined && !there.isSocket())
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: it exists and is no socket; ${advices[use].taken}`,
    )
}

function lookAt(folder: string, path: string, use: Use): Stats | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false })
  } catch (error) {
    throw cannotListen(path, error, use)
  }
}

/** A process with our id that ended between binding and renaming left it; no other process uses this name. */
export function removeLeftover(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path)
}

function cannotListen(path: string, error: unknown, use: Use): KongPluginError {
  const code = (error as NodeJS.ErrnoException).code
  const advice =
    code === 'EACCES' || code === 'EPERM'
      ? `user ${process.getuid?.() ?? '?'} may not make files in ${dirname(path)}: ${advices[use].refused}`
      : reason(error)
  return new KongPluginError('SOCKET_PATH', `Cannot listen on ${path}: ${advice}`)
}
