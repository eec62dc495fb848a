import { connect, type Server } from 'node:net'
import { reason } from '../../errors.ts'
import type { Log } from '../../plugin/log.ts'
import type { Address } from '../arguments.ts'
import { listen, watchPath } from '../socket.ts'

/** Milliseconds between two tries to listen where another process does. */
const retryAfter = 500

export interface PlaceOptions {
  readonly server: Server
  readonly address: Address
  /** Permission bits, where that is a socket. */
  readonly mode: number
  readonly log: Log
}

/** A place that is given back with `leave`. */
export interface Place {
  leave(): void
}

/**
 * Listens on an address. One that another process has is tried again until it is free, and never taken from it: on a
 * reload of Kong that is the server that leaves, else a stranger. What else is wrong with it is a log line.
 */
export function holdPlace({ server, address, mode, log }: PlaceOptions): Place {
  const name = 'path' in address ? address.path : `${address.host}:${address.port}`
  let left = false
  let waits = false
  let retry: NodeJS.Timeout | undefined
  let watch: NodeJS.Timeout | undefined
  const wait = () => {
    if (!waits)
      log.warn(
        `metrics wait for ${name}, which another process has: the server before this one, or a stranger`,
      )
    waits = true
    retry = setTimeout(take, retryAfter)
  }
  const failed = (error: NodeJS.ErrnoException) => {
    if (left) return
    if (error.code === 'EADDRINUSE') wait()
    else log.error(`cannot serve metrics on ${name}: ${reason(error)}`)
  }
  const listening = () => {
    waits = false
    log.info(`metrics are served on ${'path' in address ? name : `http://${hostAndPort(server)}/metrics`}`)
  }
  const takePath = async (path: string): Promise<void> => {
    const taken = await isTaken(path)
    if (left) return
    if (taken) {
      wait()
      return
    }
    const file = await listen(server, path, mode, 'metrics')
    if (left) return
    listening()
    // Two that begin at once may both have found it free.
    watch = watchPath(file, () => {
      server.close()
      take()
    })
  }
  const take = () => {
    if ('path' in address) takePath(address.path).catch(failed)
    else server.listen(address.port, address.host)
  }
  if (!('path' in address)) server.on('listening', listening)
  // What goes wrong with binding a path is said by `listen`.
  server.on('error', (error) => {
    if (server.listening || !('path' in address)) failed(error)
  })
  take()
  return {
    leave() {
      left = true
      clearTimeout(retry)
      clearInterval(watch)
      server.close()
    },
  }
}

/** Whether somebody accepts connections on a socket. */
function isTaken(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // So many wait for it that one more may not.
      if (error.code === 'EAGAIN') resolve(true)
      else if (error.code === 'EACCES') reject(error)
      else resolve(false)
    })
  })
}

function hostAndPort(server: Server): string {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') return String(bound)
  return `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
}
