import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { binaryOf, buildExample } from './binary.ts'

const kongTs = fileURLToPath(new URL('../../bin/kong-ts.mjs', import.meta.url))
const ports = ['--port', '0', '--tls-port', '0', '--page-port', '0']

/** The local gateway with an example's binary in it, on loopback. */
export interface Gateway {
  readonly url: string
  stop(): Promise<void>
}

/** Starts it in front of a real service; it speaks HTTP to both sides. */
export function startGateway(name: string, config: object, upstream: string): Promise<Gateway> {
  buildExample(name)
  return startGatewayOf([binaryOf(name), '--config', JSON.stringify(config), '--upstream', upstream])
}

/** Starts it with arguments of `kong-ts dev`. */
export async function startGatewayOf(args: readonly string[]): Promise<Gateway> {
  const child = spawn(process.execPath, [kongTs, 'dev', ...args, ...ports], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const url = await new Promise<string | undefined>((resolve) => {
    let found: string | undefined
    createInterface({ input: child.stdout }).on('line', (line) => {
      said += `${line}\n`
      found ??= /^Gateway +(\S+)/.exec(line)?.[1]
      if (line.startsWith('Page ')) resolve(found)
    })
    void ended.then(() => resolve(undefined))
  })
  if (url === undefined) throw new Error(`The gateway did not start: ${said}`)
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
