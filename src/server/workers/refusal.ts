import type { Socket } from 'node:net'

/** Milliseconds for which Kong may work on before it looks at what we wrote: its own limit between two messages. */
const patience = 60_000

/**
 * Ends a connection whose worker died. Kong may wait there for an event: a closed connection would make it run the event
 * again, and end the next worker by it, or over MsgPack:1 let the request pass without the plugin. So it gets a
 * refusal in the worker's stead, unless it waits for an instance: that would raise while Kong holds a claim on it, and all
 * its requests would wait for ten seconds; a closed connection frees it.
 */
export function refuse(socket: Socket, refusal: Buffer | undefined, starting: boolean): void {
  socket.on('error', () => undefined)
  if (refusal === undefined || starting) {
    socket.destroy()
    return
  }
  socket.setTimeout(patience, () => socket.destroy())
  socket.end(refusal)
  // What Kong still sends is of no use, but must not lie there: Kong would wait for room.
  socket.resume()
}
