import { chmodSync, lstatSync, renameSync, type Stats, statSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:net'
import { dirname } from 'node:path'
import { KongPluginError, reason } from '../errors.ts'

/** Longest path of a unix socket: 108 bytes with the closing NUL on Linux, 104 on macOS. */
const longestPath = process.platform === 'darwin' ? 103 : 107

/** Milliseconds between two looks at whether the socket's path is still ours. */
const pathInterval = 500

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
export async function listen(server: Server, path: string, mode: number): Promise<SocketFile> {
  const privatePath = privatePathOf(path)
  checkLength(privatePath)
  checkFolder(path)
  removeLeftover(privatePath)
  const umask = process.umask(0o177)
  try {
    await bind(server, privatePath, path)
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
    throw cannotListen(path, error)
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

function bind(server: Server, privatePath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(cannotListen(path, error))
    server.once('error', failed)
    server.listen(privatePath, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function checkLength(path: string): void {
  const length = Buffer.byteLength(path)
  if (length > longestPath)
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: the path has ${length} bytes where the system takes ${longestPath}; choose a shorter -kong-prefix or -socket`,
    )
}

function checkFolder(path: string): void {
  const folder = dirname(path)
  const found = lookAt(folder, path)
  if (found === undefined)
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: there is no folder ${folder}; give Kong's prefix ("prefix" in kong.conf) with -kong-prefix, or a path in a folder that exists with -socket`,
    )
  if (!found.isDirectory())
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: ${folder} is no folder; check -kong-prefix`,
    )
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there !== undefined && !there.isSocket())
    throw new KongPluginError(
      'SOCKET_PATH',
      `Cannot listen on ${path}: it exists and is no socket; remove it, or choose another path with -socket`,
    )
}

function lookAt(folder: string, path: string): Stats | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false })
  } catch (error) {
    throw cannotListen(path, error)
  }
}

/** A process with our id that ended between binding and renaming left it; no other process uses this name. */
export function removeLeftover(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path)
}

function cannotListen(path: string, error: unknown): KongPluginError {
  const code = (error as NodeJS.ErrnoException).code
  const advice =
    code === 'EACCES' || code === 'EPERM'
      ? `user ${process.getuid?.() ?? '?'} may not make files in ${dirname(path)}: start it as Kong's user, or choose another -kong-prefix`
      : reason(error)
  return new KongPluginError('SOCKET_PATH', `Cannot listen on ${path}: ${advice}`)
}
