import { connect, type Socket } from 'node:net'
import { KongPluginError, reason } from '../errors.ts'
import type { Dialect } from '../pdk/phases.ts'
import { askNames } from '../protocol/names.ts'

/** Milliseconds that a server has to answer: who asks wants to know whether Kong would be answered. */
const limit = 5000

export interface HealthOptions {
  readonly path: string
  readonly protocol: Dialect
  /** The names of the plugins that have to be served. */
  readonly plugins: readonly string[]
}

/**
 * Asks the server on a socket which plugins it serves: the sentence that they are, or an error with the one that says
 * what is wrong. Starts no instance.
 */
export async function askHealth({ path, protocol, plugins }: HealthOptions): Promise<string> {
  const served = await ask(path, protocol)
  const known = new Set(served.map((name) => name.toLowerCase()))
  const missing = plugins.filter((name) => !known.has(name.toLowerCase()))
  if (missing.length > 0)
    throw ill(`the server on ${path} serves ${served.join(', ')} and not ${missing.join(', ')}`)
  return `healthy: ${plugins.join(', ')} over ${protocol} on ${path}`
}

function ask(path: string, protocol: Dialect): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const question = askNames(protocol)
    const socket: Socket = connect(path, () => socket.write(question.bytes))
    const fail = (why: string) => reject(ill(why))
    const timer = setTimeout(() => {
      fail(
        `the server on ${path} has not answered within ${limit} ms: a handler does not let its loop go on, or the machine is too busy`,
      )
      socket.destroy()
    }, limit)
    socket.on('data', (chunk) => {
      try {
        const names = question.read(chunk)
        if (names === undefined) return
        resolve(names)
      } catch (error) {
        fail(
          `what answers on ${path} does not speak ${protocol} (${reason(error)}); choose it with -protocol`,
        )
      }
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => fail(refusal(path, error)))
    socket.on('close', () => {
      clearTimeout(timer)
      fail(
        `the server on ${path} has closed the connection unasked: it stops, or does not speak ${protocol}; choose it with -protocol`,
      )
    })
  })
}

function refusal(path: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT')
    return `there is no socket ${path}: the server is not started, or has another -kong-prefix or -socket`
  if (error.code === 'ECONNREFUSED') return `nobody listens on ${path}: its server has ended`
  if (error.code === 'EACCES')
    return `this user may not open ${path}: ask as Kong's user, or see -socket-mode`
  return `${path} cannot be asked: ${error.message}`
}

function ill(why: string): KongPluginError {
  return new KongPluginError('UNHEALTHY', `Not healthy: ${why}`)
}
