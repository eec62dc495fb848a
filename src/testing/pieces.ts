import { createConnection, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

/** Stands between Kong and the plugin server, and hands on what Kong sends in pieces of so many bytes. */
export async function startPieces(
  path: string,
  server: string,
  size: number,
): Promise<{ readonly path: string; close(): void }> {
  const sockets = new Set<Socket>()
  const listener = createServer((kong) => {
    const plugin = createConnection(server)
    for (const [socket, other] of [
      [kong, plugin],
      [plugin, kong],
    ] as const) {
      sockets.add(socket)
      // A reset; 'close' follows, and so does the other end.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.end()
      })
    }
    plugin.on('data', (chunk) => kong.write(chunk))
    let sent = Promise.resolve()
    kong.on('data', (chunk) => {
      sent = sent.then(() => sendInPieces(plugin, chunk as Buffer, size))
    })
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(path, resolve)
  })
  return {
    path,
    close() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A turn of the loop between two pieces: they are read one by one in this process, and nearly so in another. */
async function sendInPieces(socket: Socket, bytes: Buffer, size: number): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size))
    await turn()
  }
}
