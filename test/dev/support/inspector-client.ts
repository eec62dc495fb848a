import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import type { Control } from '../../../src/dev/control.ts'
import type { DevState, PluginConfig } from '../../../src/dev/inspector/api.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Asks the inspector over a real connection, with exactly these headers and a Host where none is given. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The same with a JSON body. */
export function askJson(port: number, method: string, path: string, body: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return ask(port, path, { method, headers, body: JSON.stringify(body) })
}

/** Sends bytes as they are, and gives all that comes until the other side closes. */
export function askRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      all += chunk.toString()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(all))
  })
}

export interface Listening {
  /** All text that came so far. */
  text(): string
  /** Resolves when a text has come. */
  until(text: string): Promise<void>
  readonly closed: Promise<void>
  /** Reads no more, or goes on. */
  pause(): void
  resume(): void
  end(): void
}

/** Opens server-sent events; rejects where the answer has another status than 200. */
export function listen(port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/api/events', agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        return reject(new Error(`status ${response.statusCode}`))
      }
      let all = ''
      let wake = (): void => undefined
      response.on('data', (chunk: Buffer) => {
        all += chunk.toString()
        wake()
      })
      response.on('error', () => undefined)
      resolve({
        text: () => all,
        async until(text) {
          for (let seen = 0; !all.includes(text, seen); ) {
            seen = Math.max(0, all.length - text.length)
            await new Promise<void>((again) => {
              wake = again
            })
          }
        },
        closed: new Promise((closed) => response.on('close', () => closed())),
        pause: () => void response.pause(),
        resume: () => void response.resume(),
        end: () => void sent.destroy(),
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

export const plugin: PluginConfig = {
  id: 'p-1',
  name: 'hello',
  enabled: true,
  scope: 'all requests',
  given: { message: 'hi' },
  effective: { message: 'hi' },
  isEdited: false,
  fields: [],
}

const refusal = {
  code: 2,
  name: 'schema violation',
  message: 'schema violation (config.message: expected a string)',
  fields: { config: { message: 'expected a string' } },
} as const

/** Stands for what runs: one plugin, whose message has to be text. */
export class FakeControl implements Control {
  upstream = 'a built-in echo'
  readonly #listeners = new Set<() => void>()

  state(): DevState {
    return {
      version: '1.2.3',
      gateway: { http: 'http://127.0.0.1:8000' },
      upstream: this.upstream,
      programs: [],
      notes: [],
      problems: [],
    }
  }

  plugins(): readonly PluginConfig[] {
    return [plugin]
  }

  setConfig(id: string, config: object): ReturnType<Control['setConfig']> {
    if (id !== plugin.id) return undefined
    const { message } = config as { message?: unknown }
    if (message === 'break') throw new Error('the plan broke')
    if (typeof message !== 'string') return refusal
    return { ...plugin, given: config, isEdited: true }
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  change(upstream: string): void {
    this.upstream = upstream
    for (const listener of this.#listeners) listener()
  }
}
