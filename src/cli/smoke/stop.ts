import { Connection } from '../../fake-kong/connection.ts'
import type { Started } from '../../fake-kong/launcher.ts'
import { PeerError } from '../../fake-kong/peer-error.ts'
import type { SmokeServer } from './server.ts'
import { Failure } from './steps.ts'

/**
 * Ends the server as Kong does, by SIGTERM, and another one as it ends when Kong's worker is killed. A socket file may
 * stay behind, as a server cannot know whether it is still its own; nobody may answer there, and it must not be in the
 * way of the next server.
 */
export async function stopServer(server: SmokeServer): Promise<string> {
  const first = await server.running()
  const bySignal = await endOf(server, first, 'SIGTERM', () => first.signal('SIGTERM'))
  const left =
    server.socketStats() === undefined ? 'no socket' : 'a dead socket file, which the next server replaced,'
  const second = await server.start()
  const byStdin = await endOf(server, second, 'the end of stdin', () => second.endStdin())
  return `exit code 0 ${bySignal} ms after SIGTERM and ${byStdin} ms after the end of stdin; ${left} was left`
}

async function endOf(server: SmokeServer, started: Started, what: string, stop: () => void): Promise<number> {
  const { limit, socket } = server.options
  const from = performance.now()
  stop()
  if (!(await started.endedWithin(limit))) {
    started.signal('SIGKILL')
    throw new Failure(`it was still running ${limit} ms after ${what}`)
  }
  if (started.end === 'SIGTERM')
    throw new Failure('it does not handle SIGTERM: the signal kills it, with the events in flight')
  if (started.end !== 'exit code 0')
    throw new Failure(`${what} ended it with ${started.end}, not with exit code 0`)
  if (await isAnswered(socket, limit))
    throw new Failure(`somebody still takes connections on ${socket} after ${what}`)
  return Math.round(performance.now() - from)
}

async function isAnswered(socket: string, limit: number): Promise<boolean> {
  try {
    const connection = await Connection.open(socket, limit, () => [])
    connection.close()
    return true
  } catch (error) {
    if (error instanceof PeerError) return false
    throw error
  }
}
