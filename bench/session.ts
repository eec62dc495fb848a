// What one event costs inside the process: a session is fed with Kong's bytes and answered at once, without a socket.
// `node --import ./build/load-typescript.mjs bench/session.ts [hello|rich|empty] [events]`
import { definePlugin, settleDefinition } from '../src/plugin/define.ts'

import { Runtime } from '../src/plugin/runtime.ts'
import { protobuf } from '../src/protocol/protobuf/session.ts'

const handlers = {
  empty: definePlugin({ version: '1.0.0', access() {} }),
  hello: definePlugin({
    version: '1.0.0',
    async access(kong) {
      const host = (await kong.request.getHeader('host')) ?? 'nobody'
      kong.response.setHeader('x-hello-from-ts', `TypeScript says hello to ${host}`)
    },
  }),
  rich: definePlugin({
    version: '1.0.0',
    async access(kong) {
      const [headers, query, body] = await Promise.all([
        kong.request.getHeaders(),
        kong.request.getQuery(),
        kong.request.getRawBody(),
      ])
      kong.response.setHeader('x-a', String(headers.host))
      kong.response.setHeader('x-b', String(query.page))
      kong.response.setHeader('x-c', String(body?.length))
      kong.service.request.setHeader('x-d', 'd')
      kong.service.request.setHeader('x-e', 'e')
      kong.service.request.setHeader('x-f', 'f')
    },
  }),
}

const [which = 'hello', count = '300000'] = process.argv.slice(2)
const plugin = { ...settleDefinition(handlers[which as 'hello']), name: 'bench' }
const log = { info() {}, warn: console.error, error: console.error }
const runtime = new Runtime({
  plugins: [plugin],
  dialect: 'ProtoBuf:1',
  prepare: protobuf.prepare,
  log,
} as never)
const instance = runtime.startInstance('bench', '{}')
const opened = protobuf.open(runtime)

const answers: Record<string, Buffer> = {
  'kong.request.get_header': framed(field(1, 'example.com')),
  'kong.request.get_headers': framed(
    Buffer.concat([entry('host', 'example.com'), entry('accept', '*/*'), entry('user-agent', 'curl/8.5.0')]),
  ),
  'kong.request.get_query': framed(Buffer.concat([entry('page', '2'), entry('sort', 'name')])),
  'kong.request.get_raw_body': framed(field(1, 'x'.repeat(1024))),
}
const nothing = framed(Buffer.alloc(0))
const handle = framed(
  Buffer.concat([
    Buffer.from([8, 2]),
    field(36, Buffer.concat([Buffer.from([8]), varint(instance.id), field(2, 'access')])),
  ]),
)

const total = Number(count)
let events = 0
let calls = 0
const cpu = process.cpuUsage()
const started = performance.now()
await Promise.all(Array.from({ length: 16 }, () => drive()))
const { user, system } = process.cpuUsage(cpu)
const seconds = (performance.now() - started) / 1000
console.log(
  `${which}: ${Math.round(events / seconds)} events/s, ${((user + system) / events).toFixed(2)} us of CPU each, ${(calls / events).toFixed(1)} calls each`,
)
process.exit()

function drive(): Promise<void> {
  return new Promise((resolve) => {
    const session = opened.createSession({ write, end() {}, close: () => true })
    let inEvent = false
    function write(bytes: Buffer, length: number): void {
      const written = Buffer.from(bytes.subarray(0, length))
      queueMicrotask(() => answer(written))
    }
    function answer(bytes: Buffer): void {
      const out: Buffer[] = []
      for (let at = 0; at < bytes.length; ) {
        const length = bytes.readUInt32LE(at)
        const name = bytes.toString('latin1', at + 4, at + 4 + length)
        at += 4 + length
        const size = bytes.readUInt32LE(at)
        at += 4 + size
        if (length === 0) {
          inEvent = false
          if (++events >= total) {
            resolve()
            return
          }
        } else {
          calls++
          out.push(answers[name] ?? nothing)
        }
      }
      if (!inEvent) {
        inEvent = true
        out.push(handle)
      }
      const chunk = out.length === 1 ? out[0]! : Buffer.concat(out)
      session.receive(chunk, chunk.length)
    }
    inEvent = true
    session.receive(handle, handle.length)
  })
}

function framed(body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  return Buffer.concat([head, body])
}

function varint(value: number): Buffer {
  const out: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128)
  out.push(rest)
  return Buffer.from(out)
}

function field(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

function entry(name: string, value: string): Buffer {
  return field(1, Buffer.concat([field(1, name), field(2, field(3, value))]))
}
