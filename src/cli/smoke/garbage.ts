import { Connection } from '../../fake-kong/connection.ts'
import type { Dialect } from '../../pdk/phases.ts'
import { inTurn, type Worked } from './events.ts'
import type { SmokeServer } from './server.ts'
import { Failure } from './steps.ts'

const kinds: Record<Dialect, readonly (readonly [what: string, bytes: Buffer])[]> = {
  'ProtoBuf:1': [
    ['a frame that is no message', Buffer.from(`08000000${'ff'.repeat(8)}`, 'hex')],
    ['half a frame', Buffer.from('40000000080212', 'hex')],
    ['a length of 4 GiB', Buffer.from(`ffffffff${'00'.repeat(8)}`, 'hex')],
  ],
  'MsgPack:1': [
    ['a byte that is no type', Buffer.from('c1c1c1c1', 'hex')],
    ['half a message', Buffer.from('940001d92a706c7567696e2e48', 'hex')],
    ['a text of 4 GiB', Buffer.from(`dbffffffff${'20'.repeat(8)}`, 'hex')],
  ],
}

/** Milliseconds that a server has to close the connection; one that keeps it is no worse. */
const patience = 1000

/** Sends what no Kong sends, each on a connection of its own; an event on another connection must go well after each. */
export async function sendGarbage(server: SmokeServer, worked: readonly Worked[]): Promise<string> {
  const { protocol, socket, limit } = server.options
  const process = await server.running()
  const run = inTurn(worked)
  await run()
  for (const [what, bytes] of kinds[protocol]) {
    const connection = await Connection.open<never>(socket, limit, () => [])
    connection.write(bytes)
    // Half a message leaves the server waiting for the rest.
    if (!what.startsWith('half')) await connection.closedWithin(patience)
    await eventAfter(what)
    connection.close()
    await eventAfter(`${what}, and the end of its connection`)
  }
  return `${kinds[protocol].map(([what]) => what).join(', ')}: each cost its own connection only`

  async function eventAfter(what: string): Promise<void> {
    const failed = await run().then(
      ({ repeats }) => (repeats > 0 ? 'the connection of another event was closed' : undefined),
      (error: Error) => error.message,
    )
    if (failed !== undefined) await process.endedWithin(patience)
    if (process.end !== undefined) throw new Failure(`${what} ended the process with ${process.end}`)
    if (failed !== undefined) throw new Failure(`after ${what} the next event failed: ${failed}`)
  }
}
