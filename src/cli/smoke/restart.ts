import { setTimeout as delay } from 'node:timers/promises'
import { inTurn, type Worked } from './events.ts'
import type { SmokeServer } from './server.ts'
import { Failure } from './steps.ts'

/** Milliseconds that the old server has before SIGTERM; Kong leaves it five seconds and more. */
const patience = 4000
/** Milliseconds between two events. */
const pace = 10

/** Starts a second server on the same path while events go on, then ends the first one, as `kong reload` does. */
export async function restartServer(server: SmokeServer, worked: readonly Worked[]): Promise<string> {
  const old = await server.running()
  const { limit, socket } = server.options
  const run = inTurn(worked)
  let events = 0
  const next = async (when: string) => {
    await run().catch((error: Error) => {
      throw new Failure(`an event was lost ${when}: ${error.message}`)
    })
    events++
    await delay(pace)
  }
  await next('before the second server was started')
  const before = server.socketId()
  const second = server.startNow()
  await server.listening(second, before, () => next('while the second server started'))

  const expired = performance.now() + Math.min(patience, limit)
  while (old.end === undefined && performance.now() < expired) await next('with both servers running')
  const byItself = old.end !== undefined
  if (!byItself) {
    old.signal('SIGTERM')
    const last = performance.now() + limit
    while (old.end === undefined && performance.now() < last) await next('while the first server stopped')
    if (old.end === undefined) throw new Failure(`the first server did not end within ${limit} ms of SIGTERM`)
  }
  if (server.socketStats() === undefined)
    throw new Failure(`the first server took ${socket} away with it, which was the second one's by then`)
  for (let count = 0; count < 3; count++) await next('after the first server had ended')
  if (second.end !== undefined) throw new Failure(`the second server ended with ${second.end}`)

  const ids = worked.flatMap(({ worker }) => worker.started)
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated !== undefined)
    throw new Failure(
      `the second server gave the instance id ${repeated} again: Kong keeps ids, and would run one plugin with another's configuration`,
    )
  return `${events} events during the take-over, none lost; the first server left ${byItself ? 'by itself' : 'at SIGTERM'}`
}
