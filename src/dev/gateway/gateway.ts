import type { Recorder } from '../inspector/recorder.ts'
import type { Leases } from '../lease.ts'
import type { Bodies } from './bodies.ts'
import { startHttp } from './http.ts'
import { startStreams } from './stream.ts'
import { startTls } from './tls.ts'

export interface GatewayOptions {
  /** The loopback address that it listens on. */
  readonly host: string
  /** 0 takes a free port. */
  readonly httpPort: number
  /** Undefined for no such listener. */
  readonly tlsPort: number | undefined
  readonly streamPort: number | undefined
  readonly leases: Leases
  readonly recorder: Recorder
  /** Loads the bodies that plugins ask for. */
  readonly bodies: Bodies
  /** A failure that no client can be told. */
  onFailure(sentence: string): void
}

export interface Gateway {
  readonly httpPort: number
  readonly tlsPort: number | undefined
  readonly streamPort: number | undefined
  /** Requests under way are finished; after `patience` milliseconds they are cut. */
  close(patience: number): Promise<void>
}

/** One listener of it. */
export interface Listener {
  readonly port: number
  /** Takes nothing new. */
  stop(): void
  /** Resolves when all that was under way is over. */
  finished(): Promise<void>
  /** Closes every connection. */
  cut(): void
}

/** Listens for requests and connections, and sends each through the plugins of its lease. Rejects where a port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { httpPort, tlsPort, streamPort } = options
  const listeners: Listener[] = []
  const add = async <L extends Listener>(starting: Promise<L>): Promise<L> => {
    const listener = await starting
    listeners.push(listener)
    return listener
  }
  const close = (patience: number) => closeAll(listeners, patience)
  try {
    const http = await add(startHttp(options, httpPort))
    const tls = tlsPort === undefined ? undefined : await add(startTls(options, tlsPort, http))
    const streams = streamPort === undefined ? undefined : await add(startStreams(options, streamPort))
    return { httpPort: http.port, tlsPort: tls?.port, streamPort: streams?.port, close }
  } catch (error) {
    await close(0)
    throw error
  }
}

/** Milliseconds in which handlers may end whose clients were cut off. */
const lastPatience = 1000

async function closeAll(listeners: readonly Listener[], patience: number): Promise<void> {
  for (const listener of listeners) listener.stop()
  const finished = Promise.all(listeners.map((listener) => listener.finished()))
  await within(finished, patience)
  for (const listener of listeners) listener.cut()
  await within(finished, lastPatience)
}

async function within(work: Promise<unknown>, limit: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limit)
  })
  await Promise.race([work, expired])
  clearTimeout(timer)
}
