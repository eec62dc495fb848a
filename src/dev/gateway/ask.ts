import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http'
import type { Socket } from 'node:net'
import { UpstreamFailure } from '../../fake-kong/flow.ts'
import { pathWithQuery, upstreamRequest } from '../../fake-kong/proxy.ts'
import type { World } from '../../fake-kong/world.ts'
import type { ClientBody } from './client-body.ts'
import { clientLeft, settingOf } from './connect.ts'
import { writtenHeaders, writtenPath } from './headers.ts'

/** What the service answers: its body is still to come. */
export interface ServiceAnswer {
  readonly message: IncomingMessage
  /** Where the service has switched to another protocol: the connection, with what came on it. */
  readonly tunnel: Socket | undefined
}

/** Sends a world's request on a connection, and gives the head of the answer. Throws `UpstreamFailure`. */
export function askService(
  world: World,
  socket: Socket,
  body: ClientBody,
  gone: AbortSignal,
): Promise<ServiceAnswer> {
  const request = writtenRequest(world, socket)
  return new Promise((resolve, reject) => {
    let isSettled = false
    const fail = (failure: UpstreamFailure) => {
      if (isSettled) return
      isSettled = true
      gone.removeEventListener('abort', onGone)
      socket.destroy()
      reject(failure)
    }
    const onGone = () => fail(clientLeft())
    gone.addEventListener('abort', onGone)
    if (gone.aborted) onGone()
    const answer = (message: IncomingMessage, tunnel: Socket | undefined) => {
      isSettled = true
      gone.removeEventListener('abort', onGone)
      if (tunnel === undefined) message.once('close', () => socket.destroy())
      resolve({ message, tunnel })
    }
    request.on('response', (message) => answer(message, undefined))
    request.on('upgrade', (message, tunnel, head) => {
      tunnel.setTimeout(0)
      if (head.length > 0) tunnel.unshift(head)
      answer(message, tunnel as Socket)
    })
    request.on('error', (error) => fail(new UpstreamFailure(502, wordsOf(error))))
    request.on('close', () => fail(new UpstreamFailure(502, wordsOf(undefined))))
    limitSilence(world, socket, request, () =>
      fail(new UpstreamFailure(504, 'upstream timed out while reading response header from upstream')),
    )
    void body.send(world, request).then((isWhole) => {
      // A part of the body must not look like all of it.
      if (!isWhole) socket.destroy()
    })
  })
}

function writtenRequest(world: World, socket: Socket): ClientRequest {
  const sent = upstreamRequest(world)
  const request = openRequest({
    createConnection: () => socket,
    method: sent.method,
    path: writtenPath(pathWithQuery(sent)),
    setHost: false,
  })
  // What the headers do not say of a body, nothing says.
  request.useChunkedEncodingByDefault = false
  const lines = writtenHeaders(sent.headers)
  const values = new Map<string, string[]>()
  for (let index = 0; index < lines.length; index += 2) {
    const name = lines[index] as string
    values.set(name, [...(values.get(name) ?? []), lines[index + 1] as string])
  }
  for (const [name, list] of values) request.setHeader(name, list.length === 1 ? (list[0] as string) : list)
  return request
}

/**
 * The service may be silent for as long as its timeouts allow; the time in which it waits for the client, to send its body
 * or to read the answer, does not count.
 */
function limitSilence(world: World, socket: Socket, request: ClientRequest, onSilence: () => void): void {
  let answer: IncomingMessage | undefined
  request.once('response', (message) => {
    answer = message
  })
  const limit = () => settingOf(world, request.writableFinished ? 'read_timeout' : 'write_timeout')
  request.once('finish', () => socket.setTimeout(limit()))
  socket.setTimeout(limit())
  socket.on('timeout', () => {
    const waitsForClient =
      answer === undefined ? !request.writableEnded && !request.writableNeedDrain : answer.isPaused()
    if (waitsForClient) socket.setTimeout(limit())
    else if (answer === undefined) onSilence()
    else socket.destroy()
  })
}

function wordsOf(error: Error | undefined): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  if (code.startsWith('HPE_')) return `upstream sent invalid header: ${error?.message}`
  return `upstream prematurely closed connection while reading response header from upstream${error === undefined ? '' : `: ${error.message}`}`
}
