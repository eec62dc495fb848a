import type { Socket } from 'node:net'

/** Milliseconds for which Kong may work on before it looks at what we wrote: its own limit between two messages. */
const patience = 60_000

/** Says a last word on a connection, and closes it when Kong has. */
export function sendRefusal(socket: Socket, refusal: Buffer): void {
  socket.setTimeout(patience, () => socket.destroy())
  socket.end(refusal)
  // What Kong still sends is of no use, but must not lie there: Kong would wait for room.
  socket.resume()
}
