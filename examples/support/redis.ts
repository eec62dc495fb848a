import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A Redis of a test's own on loopback. It keeps its port over `kill` and `start`, and nothing else. */
export interface Redis {
  readonly url: string
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP: it keeps its connections and says nothing more. */
  freeze(): void
  thaw(): void
}

/** Where `redis-server` is, or `undefined` with a line that says what is missing. */
export function findRedis(): string | undefined {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find(isExecutable)
  if (found === undefined)
    console.log(
      'What needs Redis is not tested here: install redis-server, as with apt-get install redis-server.',
    )
  return found
}

/**
 * A port on loopback where nobody listens, below those that connections get from the system: one of these could be
 * taken by whoever tries to connect to it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export async function startRedis(program: string): Promise<Redis> {
  const port = await freePort()
  let child: ChildProcess | undefined
  let folder = ''
  const redis: Redis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      folder = mkdtempSync(join(tmpdir(), 'redis-'))
      const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
      child = spawn(program, [...where, '--save', '', '--appendonly', 'no'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      await ready(child)
    },
    async kill() {
      const ended = new Promise((resolve) => child?.once('close', resolve))
      if (child?.kill('SIGKILL')) await ended
      child = undefined
      rmSync(folder, { recursive: true, force: true })
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  }
  await redis.start()
  return redis
}

/** An address that leads to a Redis, and later to another one; connections stay where they are. */
export interface Relay {
  readonly url: string
  moveTo(url: string): void
  stop(): void
}

export async function startRelay(first: string): Promise<Relay> {
  let target = new URL(first)
  const open = new Set<Socket>()
  const server = createServer((incoming) => {
    const outgoing = connect(Number(target.port), target.hostname)
    for (const socket of [incoming, outgoing]) open.add(socket.on('error', () => socket.destroy()))
    incoming.pipe(outgoing).pipe(incoming)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    moveTo(url) {
      target = new URL(url)
    },
    stop() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('Ready to accept connections')) resolve()
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`Redis ended before it was ready: ${said}`)))
  })
}
