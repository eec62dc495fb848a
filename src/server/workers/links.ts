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
  for (const other of others) {
    await linkOneWay(worker, other, path)
    await linkOneWay(other, worker, path)
  }
}

async function linkOneWay(asks: WorkerProcess, answers: WorkerProcess, path: string): Promise<void> {
  const [one, other] = await connectedPair(path)
  // Who answers is there before anybody asks.
  await answers.link(asks.slot, false, other)
  await asks.link(answers.slot, true, one)
}

/** Two ends of one connection, made on a socket file that is there for that moment only. */
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
  // What came before the worker has it would be lost here.
  const one = connect(path).pause()
  const [[other]] = await Promise.all([once(server, 'connection'), once(one, 'connect')])
  server.close()
  return [one, other as Socket]
}
