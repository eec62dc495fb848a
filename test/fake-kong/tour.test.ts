// A real Kong 3.9.1 answered these calls, every function that works in the phase, one after the other in one request.
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answerCall, rows } from '../../src/fake-kong/answers.ts'
import { stepOf } from '../../src/fake-kong/msgpack/steps.ts'
import { enterPhase } from '../../src/fake-kong/phases.ts'
import { argumentReaders } from '../../src/fake-kong/protobuf/arguments.ts'
import { encodeResult } from '../../src/fake-kong/protobuf/results.ts'
import { createWorld, type World } from '../../src/fake-kong/world.ts'
import type { Phase } from '../../src/pdk/phases.ts'

interface Recorded {
  readonly phase: Phase
  readonly method: string
  readonly args: readonly unknown[]
  readonly arg_hex: string
  readonly ret_hex: string
  readonly ret: Record<string, unknown>
  readonly ret_raw?: unknown
  readonly step_method: string
}

/** Calls that the fake does not answer as Kong did, and why not; all others must agree. */
const memory = { 'kong.node.get_memory_stats []': 'sizes were measured' }
const overMsgpack = {
  ...memory,
  'kong.node.get_memory_stats ["k",2]': 'sizes were measured, and are bytes here whatever the unit',
  'kong.nginx.get_statistics []': 'counts were measured',
  'kong.ctx.shared.get ["k"]': 'a list with a nil inside is a table with a hole, and a list here',
  'kong.ctx.plugin.set ["a","b"]': 'no row: no kit can use it',
  'kong.nginx.shared.get ["x"]': 'no row: no kit can use it',
}
const differences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'pb-tour-access': memory,
  'mp-tour-access': overMsgpack,
  'pb-tour-rewrite': memory,
  'mp-tour-rewrite': {
    ...overMsgpack,
    'kong.request.get_forwarded_prefix []': 'the route is not known yet, and "" the answer, nil here',
  },
  'pb-tour-log': { ...memory, 'kong.log.serialize []': 'sizes and times were measured' },
  'mp-tour-log': { ...overMsgpack, 'kong.log.serialize []': 'sizes and times were measured' },
}

for (const name of Object.keys(differences))
  test(`answers: all calls of the recorded ${name} agree, but for those that are listed`, () => {
    const calls = recorded(name)
    const world = worldOf(calls)
    const wrong = calls.filter(
      (call) => !(name.startsWith('pb') ? agreesInBytes : agreesInValues)(world, call),
    )
    const listed = Object.keys(differences[name] ?? {})
    const found = [...new Set(wrong.map(({ method, args }) => `${method} ${JSON.stringify(args)}`))]
    assert.equal(found.sort(), listed.sort())
  })

/** The bytes of a message in any order: Kong writes the fields of a table in random order. */
function agreesInBytes(world: World, { phase, method, arg_hex, ret_hex }: Recorded): boolean {
  const { takes, gives } = rows.get(method)!.protobuf!
  const args = argumentReaders[takes](Buffer.from(arg_hex, 'hex'))
  const answered = answerCall({ world, phase }, method, args)
  if (answered.kind !== 'result') return false
  return encodeResult(gives, answered.value).sort().equals(Buffer.from(ret_hex, 'hex').sort())
}

function agreesInValues(world: World, { phase, method, args, ret_raw, step_method }: Recorded): boolean {
  const answered = answerCall({ world, phase }, method, args.map(revived))
  if (answered.kind !== 'result') return false
  const { step, data } = stepOf(method, answered.value)
  try {
    assert.is(step, step_method)
    assert.equal(plain(data), plain(revived(ret_raw)))
    return true
  } catch {
    return false
  }
}

function recorded(name: string): Recorded[] {
  const file = new URL(`../conversations/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { calls: Recorded[] }).calls
}

/** The request, the route and the service of the recordings; ports and times are those of the run. */
function worldOf(calls: readonly Recorded[]): World {
  const answerTo = (method: string) => {
    const call = calls.find((one) => one.method === method)
    const { ret, ret_raw } = call ?? {}
    return (ret === undefined ? ret_raw : 'v' in ret ? ret.v : ret) as never
  }
  const { created_at } = answerTo('kong.router.get_service') ?? ({ created_at: 0 } as { created_at: number })
  const port = answerTo('kong.client.get_port') ?? 0
  const entity = { created_at, updated_at: created_at, ws_id: '0dc6f45b-8f8d-40d2-a504-473544ee190b' }
  const service = { id: '11111111-1111-4111-8111-111111111111' }
  const world = createWorld({
    client: { port, forwardedPort: port },
    startedAt: Math.round(answerTo('kong.nginx.req_start_time') * 1000),
    node: { id: answerTo('kong.node.get_id'), hostname: 'vm', pluginId: answerTo('kong.plugin.get_id') },
    trustedIps: ['10.9.1.1'],
    captures: { unnamed: ['/echo/xyz', 'xyz'], named: { rest: 'xyz' } },
    consumers: [
      {
        id: '33333333-3333-4333-8333-333333333333',
        username: 'alice',
        custom_id: 'c-1',
        tags: ['vip'],
        created_at,
        updated_at: created_at,
      },
    ],
    route: {
      ...entity,
      id: '22222222-2222-4222-8222-222222222222',
      name: 'echo',
      protocols: ['http', 'https'],
      paths: ['~/echo/(?<rest>.*)$', '/echo', '/bin', '/status'],
      tags: ['t1', 't2'],
      path_handling: 'v0',
      regex_priority: 0,
      https_redirect_status_code: 426,
      strip_path: false,
      preserve_host: false,
      request_buffering: true,
      response_buffering: true,
      service,
    },
    service: {
      ...entity,
      ...service,
      name: 'up',
      host: '127.0.0.1',
      port: 19001,
      protocol: 'http',
      tags: ['lab'],
      retries: 0,
      enabled: true,
      connect_timeout: 60000,
      read_timeout: 60000,
      write_timeout: 60000,
    },
    request: {
      method: 'POST',
      host: '127.0.0.1',
      port: 18000,
      path: '/echo/xyz',
      query: 'a=1&flag&b=2&b=3&empty=',
      body: 'hello=1&x=%00',
    },
  })
  world.upstream.request.headers = {
    'x-a': ['1'],
    'x-m': ['m1', 'm2'],
    'content-type': ['application/x-www-form-urlencoded'],
    host: ['127.0.0.1:18000'],
    connection: ['close'],
    'transfer-encoding': ['chunked'],
  }
  const body = bytesOf(answerTo('kong.service.response.get_raw_body'))
  const headers = headersOf(answerTo('kong.response.get_headers'))
  world.upstream.response = { status: 200, headers, body }
  enterPhase(world, calls[0]!.phase)
  return world
}

function bytesOf(recorded: unknown): Buffer {
  return typeof recorded === 'string'
    ? Buffer.from(recorded, 'base64')
    : Buffer.from((revived(recorded) ?? '') as Buffer)
}

/** Headers in either notation: a Struct of strings and lists, or a table of lists. */
function headersOf(recorded: unknown): Record<string, string[]> {
  const { fields = recorded ?? {} } = (recorded ?? {}) as { fields?: object }
  return Object.fromEntries(
    Object.entries(fields as object).map(([name, value]) => {
      const { stringValue, listValue } = value as {
        stringValue?: string
        listValue?: { values: { stringValue: string }[] }
      }
      return [
        name,
        Array.isArray(value)
          ? value
          : (listValue?.values.map((item) => item.stringValue) ?? [stringValue ?? '']),
      ]
    }),
  )
}

/** Bytes from how JSON keeps them. */
function revived(value: unknown): unknown {
  const { type, data, base64 } = (value ?? {}) as { type?: string; data?: number[]; base64?: string }
  if (type === 'Buffer' && data !== undefined) return Buffer.from(data)
  return base64 === undefined ? value : Buffer.from(base64, 'base64')
}

/** A Lua table in one form: Kong cannot tell an empty list from an empty table. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return plain(Object.fromEntries(value))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Object.keys(value).length === 0) return []
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}

test.run()
