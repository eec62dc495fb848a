import type { Socket } from 'node:net'
import { performance } from '../clock.ts'
import { reason } from '../errors.ts'
import type { Runtime } from '../plugin/runtime.ts'
import type { Session, Wire } from '../protocol/dialect.ts'
import { readInPlace, writerOf } from './channel.ts'
import { closeNow, rehearseClosing } from './close.ts'

/** Milliseconds between two looks at whether a drain is over. */
const drainInterval = 10
/** Milliseconds that a peer has to close its side of a connection that we have ended. */
const endLimit = 1000
/** Bytes that may wait for a peer that does not read, as a multiple of the longest message. */
const mostUnread = 4

/** The connections from Kong that a process serves, wherever they were accepted. */
export interface Connections {
  readonly count: number
  /** `unread` is what somebody else has read from it before. */
  accept(socket: Socket, createSession: (wire: Wire) => Session, unread?: Buffer): void
  /** From now on a connection is closed right behind its next event. */
  expectEnd(): void
  /**
   * Closes each connection right behind its next event, or once it has been quiet for so many milliseconds. May be
   * called again with less patience.
   */
  drain(patience: number): Promise<void>
}

interface Connection {
  readonly socket: Socket
  readonly session: Session
  /** Whether bytes have come from Kong since somebody looked. */
  used: boolean
  /** Milliseconds of the monotonic clock at the last look that found it used. */
  lastUsed: number
}

export function createConnections({ frameLimit, log }: Runtime): Connections {
  const connections = new Set<Connection>()
  let patience = 0
  let drained: Promise<void> | undefined
  const expectEnd = () => {
    rehearseClosing()
    for (const { session } of connections) session.drain()
  }
  return {
    get count() {
      return connections.size
    },
    accept(accepted, createSession, unread) {
      const socket = readInPlace(accepted, (chunk, length) => receive(chunk, length))
      const writeNow = writerOf(socket)
      const write = (bytes: Buffer, length: number) => {
        if (!socket.writable) return
        writeNow(bytes, length)
        // Reading on is no choice: Kong may itself wait for us to read, and both would wait for ever.
        if (socket.writableLength > mostUnread * frameLimit) socket.destroy()
      }
      const end = () => {
        socket.end()
        // A peer that does not close its side must not keep the process.
        setTimeout(() => socket.destroy(), endLimit)
      }
      const close = () => {
        if (socket.writableLength === 0) return closeNow(socket, receive)
        end()
        return true
      }
      const connection = {
        socket,
        session: createSession({ write, end, close }),
        used: true,
        lastUsed: 0,
      }
      const receive = (chunk: Buffer, length: number): void => {
        connection.used = true
        try {
          connection.session.receive(chunk, length)
        } catch (error) {
          log.warn(`a connection is closed: ${reason(error)}`)
          socket.destroy()
        }
      }
      connections.add(connection)
      // The reset of a peer; 'close' follows.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        connections.delete(connection)
        connection.session.closed()
      })
      if (unread !== undefined) receive(unread, unread.length)
    },
    expectEnd,
    drain(milliseconds) {
      patience = milliseconds
      if (drained === undefined) {
        expectEnd()
        drained = endQuiet(connections, () => patience)
      }
      return drained
    },
  }
}

/**
 * A connection that is in use ends with its next event: Kong sees that before it can send there again. One that is not
 * may cross with a command that Kong is just sending, so only quiet ones end by themselves, one per turn of the
 * loop, right after its poll for input.
 */
async function endQuiet(connections: Set<Connection>, patience: () => number): Promise<void> {
  while (connections.size > 0) {
    for (const connection of connections) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = performance.now()
      if (connection.used) connection.lastUsed = now
      connection.used = false
      const quiet = now - connection.lastUsed
      if (quiet >= patience()) connection.session.endIfIdle(quiet >= Math.max(patience(), endLimit))
    }
    await new Promise((resolve) => setTimeout(resolve, drainInterval))
  }
}
