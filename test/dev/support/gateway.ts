// A gateway in front of a service, with plugins of the test's own and a recorder that keeps what it hears.
import {
  createServer,
  type IncomingMessage,
  request as openRequest,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net'
import * as assert from 'uvu/assert'
import { Bodies } from '../../../src/dev/gateway/bodies.ts'
import { type Gateway, startGateway } from '../../../src/dev/gateway/gateway.ts'
import type { RecordKind } from '../../../src/dev/inspector/record.ts'
import type { Recorder, Recording } from '../../../src/dev/inspector/recorder.ts'
import type { Match } from '../../../src/dev/lease.ts'
import { answerCall } from '../../../src/fake-kong/answers.ts'
import { everywhere, type FlowPlugin } from '../../../src/fake-kong/flow.ts'
import type { World } from '../../../src/fake-kong/world.ts'
import type { Route, Service } from '../../../src/pdk/entities.ts'
import type { Phase } from '../../../src/pdk/phases.ts'

export type Call = readonly [method: string, ...args: unknown[]]
type Handler = (world: World, call: (...call: Call) => Promise<unknown>) => unknown

export interface TestGateway extends Gateway {
  readonly records: TestRecord[]
  readonly failures: string[]
  /** Leases that were not ended. */
  readonly leases: () => number
  /** Resolves when so many requests were recorded to their end. */
  finished(count: number): Promise<void>
}

export interface TestRecord {
  readonly world: World
  readonly kind: RecordKind
  /** The recorder's own words in order, without `pass`. */
  readonly heard: string[]
  /** Bytes that passed by. */
  readonly passed: Record<'came' | 'sent' | 'answered' | 'response', number>
  state: string | undefined
}

export interface GatewayParts {
  readonly plugins?: readonly FlowPlugin[]
  /** The port of the service. */
  readonly port?: number
  readonly service?: Partial<Service> | null
  readonly route?: Partial<Route> | null
  readonly tls?: boolean
  readonly stream?: boolean
  readonly httpPort?: number
}

const serviceId = '11111111-1111-4111-8111-111111111111'
export const bodies = new Bodies()

export async function openGateway(parts: GatewayParts = {}): Promise<TestGateway> {
  const { plugins = [], port = 1, service = {}, route = {} } = parts
  const match: Match | undefined =
    route === null
      ? undefined
      : {
          route: { id: '22222222-2222-4222-8222-222222222222', paths: ['/'], ...route },
          service:
            service === null
              ? undefined
              : { id: serviceId, protocol: 'http', host: '127.0.0.1', port, retries: 0, ...service },
          captures: { unnamed: [route?.paths?.[0] ?? '/'], named: {} },
        }
  let open = 0
  const failures: string[] = []
  const { recorder, records, finished } = createTestRecorder()
  const gateway = await startGateway({
    host: '127.0.0.1',
    httpPort: parts.httpPort ?? 0,
    tlsPort: parts.tls === true ? 0 : undefined,
    streamPort: parts.stream === true ? 0 : undefined,
    recorder,
    bodies,
    onFailure: (sentence) => failures.push(sentence),
    leases: {
      lease() {
        open++
        return {
          entities: { services: [], routes: [], consumers: [], groups: [], plugins: [] },
          plugins,
          consumer: undefined,
          matchRequest: () => match,
          matchStream: () => match,
          end: () => void open--,
        }
      },
    },
  })
  return { ...gateway, records, failures, leases: () => open, finished }
}

/** A plugin whose handlers run right here, with the bodies that a call asks for. */
export function testPlugin(
  name: string,
  handlers: Partial<Record<Phase, Handler>>,
  priority = 1,
): FlowPlugin {
  return everywhere({
    name,
    priority,
    phases: Object.keys(handlers),
    async runPhase(phase, world) {
      let end: { end: 'exited' | 'raised'; why?: string } | undefined
      const call = async (...[method, ...args]: Call) => {
        await bodies.before(world, phase, method)
        const answered = answerCall({ world, phase }, method, args)
        if (answered.kind === 'exit') end = { end: 'exited' }
        if (answered.kind === 'raised') end = { end: 'raised', why: answered.why }
        if (end !== undefined) throw new Over()
        return answered.kind === 'result' ? answered.value : undefined
      }
      try {
        await handlers[phase]?.(world, call)
        return { end: 'returned' }
      } catch (error) {
        if (end === undefined || !(error instanceof Over)) throw error
        return end
      }
    },
  })
}

class Over extends Error {}

function createTestRecorder() {
  const records: TestRecord[] = []
  const recordings = new WeakMap<World, Recording>()
  const waiting: { count: number; resolve: () => void }[] = []
  const finished = () => records.filter(({ state }) => state !== undefined).length
  const recorder: Recorder = {
    begin(world, kind) {
      const passed = { came: 0, sent: 0, answered: 0, response: 0 }
      const record: TestRecord = { world, kind, heard: [], passed, state: undefined }
      records.push(record)
      const recording: Recording = {
        enter: () => undefined,
        leave: () => undefined,
        forward: () => void record.heard.push('forward'),
        answer: () => void record.heard.push('answer'),
        respond: () => void record.heard.push('respond'),
        pass(body, bytes) {
          passed[body] += bytes.length
        },
        served: () => undefined,
        finish(state) {
          record.heard.push('finish')
          record.state = state
          for (const { count, resolve } of waiting) if (finished() >= count) resolve()
        },
      }
      recordings.set(world, recording)
      return recording
    },
    of: (world) => recordings.get(world),
    before: async () => undefined,
    after: () => undefined,
  }
  return {
    recorder,
    records,
    finished: (count: number) =>
      new Promise<void>((resolve) => {
        if (finished() >= count) resolve()
        else waiting.push({ count, resolve })
      }),
  }
}

export async function listening(server: Server | NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
}

/** One request on a connection of its own. */
export function ask(port: number, { body, ...options }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = openRequest({ host: '127.0.0.1', port, agent: false, ...options }, (message) => {
      resolve(answerOf(message))
    })
    request.on('error', reject)
    request.end(body)
  })
}

export async function answerOf(message: IncomingMessage): Promise<Answer> {
  return { status: message.statusCode ?? 0, headers: message.headers, body: await bodyOf(message) }
}

export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** Writes bytes, where they are the last with our end behind them, and gives all that comes back until the other side closes. */
export function exchangeBytes(port: number, bytes: string | Buffer, isLast = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
    socket.write(bytes, 'latin1' as never)
    if (isLast) socket.end()
  })
}

export type TestService = ReturnType<typeof service>

/** A service that notes what it was sent, and answers as told. */
export function service(
  createServer: (listener: (request: IncomingMessage, response: ServerResponse) => void) => Server,
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): { server: Server; seen: IncomingMessage[]; sockets: Set<Socket>; close(): Promise<void> } {
  const seen: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    seen.push(request)
    void answer(request, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  return {
    server,
    seen,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Runs a test between a gateway and a service, and sees that nothing of them is left. */
export async function between(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  plugins: readonly FlowPlugin[],
  use: (gateway: TestGateway, service: TestService) => Promise<void>,
  parts: GatewayParts = {},
): Promise<void> {
  const behind = service(createServer, answer)
  const port = await listening(behind.server)
  const gateway = await openGateway({ plugins, port, ...parts })
  try {
    await use(gateway, behind)
    assert.equal(gateway.failures, [])
  } finally {
    await gateway.close(0)
    await behind.close()
  }
  assert.is(gateway.leases(), 0)
}

/** A service's answer with headers that Kong treats each in its own way. */
export const greet = (request: IncomingMessage, response: ServerResponse) => {
  request.resume()
  response.writeHead(200, {
    'content-type': 'text/plain',
    'x-up': ['1', '2'],
    server: 'me',
    'content-length': 5,
  })
  response.end('hello')
}
