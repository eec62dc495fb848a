import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'

/**
 * Moves bytes on, no faster than they are taken. Gives `ended` when the source has come to its end (the sink is left open),
 * or the side that broke before.
 */
export function pump(
  source: Readable,
  sink: Writable,
  onBytes: (bytes: Buffer) => void,
): Promise<'ended' | 'source' | 'sink'> {
  return new Promise((resolve) => {
    const settle = (end: 'ended' | 'source' | 'sink') => () => {
      source.off('data', onData).off('end', ended).off('close', sourceBroke).off('error', sourceBroke)
      sink.off('drain', onDrain).off('close', sinkBroke).off('error', sinkBroke)
      if (end === 'sink') source.pause()
      // What breaks later is nobody's business here, and must not end the process.
      source.on('error', ignore)
      sink.on('error', ignore)
      resolve(end)
    }
    const [ended, sourceBroke, sinkBroke] = [settle('ended'), settle('source'), settle('sink')]
    const onData = (bytes: Buffer) => {
      onBytes(bytes)
      if (!sink.write(bytes)) source.pause()
    }
    const onDrain = () => source.resume()
    if (source.readableEnded) return ended()
    if (source.destroyed) return sourceBroke()
    if (sink.destroyed) return sinkBroke()
    sink.on('drain', onDrain).on('close', sinkBroke).on('error', sinkBroke)
    source.on('end', ended).on('close', sourceBroke).on('error', sourceBroke).on('data', onData)
    // 'drain' is lost where it came before, as after the head of a message.
    if (sink.writableNeedDrain) source.pause()
    else source.resume()
  })
}

export interface JoinOptions {
  /** Whether a side may go on sending when the other has come to its end; else both are closed then. */
  readonly isHalfOpen: boolean
  onForth(bytes: Buffer): void
  onBack(bytes: Buffer): void
}

/** Two connections as one, until both are closed. */
export async function join(
  client: Socket,
  service: Socket,
  { isHalfOpen, onForth, onBack }: JoinOptions,
): Promise<void> {
  const way = async (from: Socket, to: Socket, onBytes: (bytes: Buffer) => void) => {
    const end = await pump(from, to, onBytes)
    if (end === 'ended' && isHalfOpen) return void to.end()
    to.destroySoon()
    from.destroySoon()
  }
  await Promise.all([way(client, service, onForth), way(service, client, onBack)])
  await Promise.all([closed(client), closed(service)])
}

export function closed(stream: Socket): Promise<void> {
  if (stream.closed) return Promise.resolve()
  return new Promise((resolve) => stream.once('close', resolve))
}

function ignore(): void {}
