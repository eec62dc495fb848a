import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { UpstreamFailure } from '../../fake-kong/flow.ts'
import { upstreamRequest } from '../../fake-kong/proxy.ts'
import type { World } from '../../fake-kong/world.ts'

/** Milliseconds that Kong waits for a service that says nothing else. */
const plainTimeout = 60_000
const plainRetries = 5

/**
 * A connection to where the world's request goes, tried as often as Kong does. Throws `UpstreamFailure` with Kong's
 * status; every attempt is in `world.measured.tries`.
 */
export async function connectUpstream(world: World, gone: AbortSignal): Promise<Socket> {
  const { host, port } = world.upstream.target
  const addresses = await addressesOf(host)
  const attempts = 1 + settingOf(world, 'retries', plainRetries)
  for (let attempt = 1; ; attempt++) {
    if (gone.aborted) throw clientLeft()
    const ip = addresses[(attempt - 1) % addresses.length] as string
    const started = Date.now()
    const record: Record<string, unknown> = { ip, port, balancer_start: started, balancer_latency: 0 }
    world.measured.tries.push(record)
    try {
      return await connectOnce(world, ip, gone)
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      Object.assign(record, { state: 'failed', code: error.status })
      if (attempt >= attempts || error.status === 499) throw error
    }
  }
}

/** A timeout or count of the service, unless a plugin has set another. */
export function settingOf(
  { service, upstream }: World,
  name: 'connect_timeout' | 'write_timeout' | 'read_timeout' | 'retries',
  plain = plainTimeout,
): number {
  const set = upstream.settings[name]
  return typeof set === 'number' ? set : (service?.[name] ?? plain)
}

export function clientLeft(): UpstreamFailure {
  return new UpstreamFailure(499, 'the client closed its connection')
}

/** IPv4 first, as Kong's own order of DNS types has it. */
async function addressesOf(host: string): Promise<string[]> {
  try {
    const found = await lookup(host, { all: true })
    return found.toSorted((a, b) => a.family - b.family).map(({ address }) => address)
  } catch (error) {
    const why = `[dns] name resolution of "${host}" failed: ${(error as Error).message}`
    throw new UpstreamFailure(503, why, 'name resolution failed')
  }
}

function connectOnce(world: World, ip: string, gone: AbortSignal): Promise<Socket> {
  const limit = settingOf(world, 'connect_timeout')
  return new Promise((resolve, reject) => {
    const [socket, ready] = openSocket(world, ip)
    const where = `${ip}:${world.upstream.target.port}`
    const settle = (failure: UpstreamFailure | undefined) => {
      clearTimeout(timer)
      gone.removeEventListener('abort', onGone)
      socket.off('error', onError).off(ready, onReady)
      if (failure === undefined) return resolve(socket)
      socket.on('error', ignore).destroy()
      reject(failure)
    }
    const onReady = () => settle(undefined)
    const onGone = () => settle(clientLeft())
    const onError = (error: Error) =>
      settle(new UpstreamFailure(502, `connect() to ${where} failed: ${error.message}`))
    const onTime = () => settle(new UpstreamFailure(504, `upstream ${where} timed out while connecting`))
    const timer = setTimeout(onTime, limit)
    gone.addEventListener('abort', onGone)
    socket.once('error', onError).once(ready, onReady)
  })
}

function openSocket(world: World, host: string): [Socket, 'connect' | 'secureConnect'] {
  const { upstream, service, subsystem } = world
  const options = { host, port: upstream.target.port, allowHalfOpen: true }
  const isTls = subsystem === 'http' ? upstream.request.scheme === 'https' : service?.protocol === 'tls'
  if (!isTls || upstream.settings.tls === false) return [connectTcp(options), 'connect']
  const name =
    subsystem === 'http'
      ? (upstreamRequest(world).headers.host?.[0] ?? '').replace(/:\d+$/, '')
      : upstream.target.host
  const verify = upstream.settings.tls_verify ?? service?.tls_verify
  const socket = connectTls({
    ...options,
    rejectUnauthorized: verify === true,
    ...(isIP(name) === 0 && name !== '' && { servername: name }),
  })
  return [socket, 'secureConnect']
}

function ignore(): void {}
