import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { removeLeftover } from '../socket.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Gives a worker a connection to and from each of the others; resolves when all use them. */
export async function linkWorkers(
  worker: WorkerProcess,
  others: readonly WorkerProcess[],
  path: string,
): Promise<void> {
  const used: Promise<void>[] = []
  for (const other of others)
    for (const [asks, answers] of [
      [worker, other],
      [other, worker],
    ] as const) {
      const [one, two] = await connectedPair(path)
      used.push(asks.link(answers.slot, true, one), answers.link(asks.slot, false, two))
    }
  await Promise.all(used)
}

/** Two ends of one connection, made on a socket file that is there for that moment only. Nothing is read here. */
async function connectedPair(path: string): Promise<[Socket, Socket]> {
  removeLeftover(path)
  const server = createServer({ pauseOnConnect: true })
  const umask = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(umask)
  }
  await once(server, 'listening')
  const one = connect(path).pause()
  const [[other]] = await Promise.all([once(server, 'connection'), once(one, 'connect')])
  server.close()
  return [one, other as Socket]
}
