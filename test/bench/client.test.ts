import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildClient } from '../../bench/client/build.ts'
import { type DriveRequest, drive, type Measured } from '../../bench/client/drive.ts'
import { readMemory } from '../../bench/client/memory.ts'

// What only Linux has, and a compiler: `make bench` needs both.
const able = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0
const here = able ? test : test.skip
const skipped = '(skipped without cc on Linux)'

const folder = mkdtempSync(join(tmpdir(), 'kong-ts-bench-client-'))
let client = ''
let sockets = 0

test.before(async () => {
  if (able) client = await buildClient(folder)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

/** What a server sends for an event, as frames; `'hang up'` ends the connection behind the frames before it. */
type Reply = readonly (Buffer | string | 'hang up')[]

const get = ['kong.request.get_header', Buffer.from('\x0a\x04host')]
const set = [
  'kong.response.set_header',
  Buffer.concat([Buffer.from('\x0a\x07x-bench\x12\x15\x1a\x13'), Buffer.from('hello bench.example')]),
]
const end = ['', 'RETURN']
const good: Reply = [...get, ...set, ...end]

here(`client: counts events whose calls and end are right ${skipped}`, async () => {
  const found = await driven(() => good)
  assert.equal(pick(found), { ...nothing, events: 20 })
  assert.is(found.calls, 40)
})

here(
  `client: an event with a call, an argument or an end that is not due is a mismatch, and no event ${skipped}`,
  async () => {
    const wrong: Reply[] = [
      ['kong.request.get_path', '', ...set, ...end],
      [...get, 'kong.response.set_header', 'another', ...end],
      [...get, ...end],
      [...good.slice(0, -1), 'SEQUENCE'],
      [...get, ...set, ...set, ...end],
    ]
    const sentences = [
      'the event made a call that was not due: kong.request.get_path',
      'the arguments are not those that are due for kong.response.set_header',
      'the event ended before it called kong.response.set_header',
      'the event was answered with another sequence',
      'the event made a call that was not due: kong.response.set_header',
    ]
    for (const [index, reply] of wrong.entries()) {
      const found = await driven((event) => (event % 4 === 3 ? reply : good))
      assert.equal(pick(found), { ...nothing, events: 15, failures: 5, mismatches: 5 }, sentences[index])
      assert.is(found.firstMismatch, sentences[index])
    }
  },
)

here(
  `client: an event whose connection ends in its middle is lost, and the next has a new connection ${skipped}`,
  async () => {
    const found = await driven((event) => (event === 7 ? [...get, 'hang up'] : good))
    assert.equal(pick(found), { ...nothing, events: 19, failures: 1, closed: 1 })
  },
)

here(`client: an event that is answered in the client's place is an exit ${skipped}`, async () => {
  const exit = ['kong.response.exit', Buffer.from([8, 0xf4, 3])] // status 500
  const found = await driven((event) => (event % 10 === 0 ? [...get, ...exit] : good))
  assert.equal(pick(found), { ...nothing, events: 18, failures: 2, exits: 2, exits500: 2 })
})

here(
  `client: a server that has lost its instances gets them again, and the event too ${skipped}`,
  async () => {
    const started: number[] = []
    const found = await driven((event) => (event === 5 ? ['no plugin instance 7', ''] : good), {}, started)
    assert.equal(pick(found), { ...nothing, events: 20, restarts: 1 })
    assert.equal(started, [33, 33, 35])
  },
)

here(
  `client: closes what it started, and with --reconfigure the old one behind the new ${skipped}`,
  async () => {
    const commands: number[] = []
    const found = await driven(
      () => good,
      { instances: 2, reconfigure: 0.02, events: undefined, seconds: 0.1 },
      commands,
    )
    assert.is(found.failures, 0)
    assert.ok(found.reconfigurations >= 1, String(found.reconfigurations))
    const between = Array.from({ length: found.reconfigurations }, () => [33, 35]).flat()
    assert.equal(commands, [33, 33, ...between, 35, 35])
  },
)

here(`client: a server that is not there, or gives no instance, is an error ${skipped}`, async () => {
  await assertRefused(drive(requestFor(join(folder, 'nothing'))), /Nobody listens on/)
  await assertRefused(driven('hang up'), /gave no answer to the start of an instance/)
})

here(`readMemory: has the megabytes of the kernel ${skipped}`, () => {
  const { privateDirty, pss, rss } = readMemory(process.pid)
  assert.ok(privateDirty > 5 && privateDirty <= pss && pss <= rss, `${privateDirty} ${pss} ${rss}`)
  assert.equal(readMemory(2 ** 30), { privateDirty: 0, pss: 0, rss: 0 })
})

here(`make bench-soak: a short one writes its file and leaves the results alone ${skipped}`, () => {
  const before = readdirSync('bench/results')
  const args = ['--import', './build/load-typescript.mjs', 'bench/soak.ts', '0.02', folder]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  const [name = ''] = readdirSync(folder).filter((one) => one.startsWith('soak-'))
  const soak = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  assert.ok(soak.events > 0 && soak.failures === 0 && soak.reconfigurations > 0, JSON.stringify(soak))
  assert.ok(soak.samples.length > 3 && soak.samples.every((one: { rss: number }) => one.rss > 0))
  assert.equal(readdirSync('bench/results'), before)
})

const nothing = {
  ...{ events: 0, failures: 0, mismatches: 0, exits: 0, exits500: 0 },
  ...{ closed: 0, errors: 0, unanswered: 0, restarts: 0 },
}

function pick(found: Measured): typeof nothing {
  const { events, failures, mismatches, exits, exits500, closed, errors, unanswered, restarts } = found
  return { events, failures, mismatches, exits, exits500, closed, errors, unanswered, restarts }
}

/** Drives a server of our own with 20 events, or as the request says. */
async function driven(
  reply: ((event: number) => Reply) | 'hang up',
  own: Partial<DriveRequest> = {},
  commands: number[] = [],
): Promise<Measured> {
  const path = join(folder, `${sockets++}.socket`)
  let events = 0
  const server = createServer((socket) => {
    if (reply === 'hang up') socket.destroy()
    else serve(socket, () => reply(events++), commands)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  try {
    return await drive({ ...requestFor(path), ...own })
  } finally {
    server.close()
  }
}

function requestFor(socket: string): DriveRequest {
  return {
    ...{ client, socket, dialect: 'ProtoBuf:1', handler: 'hello', connections: 1 },
    ...{ seconds: 1, warmup: 0, events: 20, pid: process.pid },
  }
}

/** Sends an event's frames all at once, and takes the answers for what they are: frames that are no commands. */
function serve(socket: Socket, reply: () => Reply, commands: number[]): void {
  let bytes = Buffer.alloc(0)
  let owed = 0
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32LE(0)) {
      const body = bytes.subarray(4, 4 + bytes.readUInt32LE(0))
      bytes = bytes.subarray(4 + body.length)
      if (owed > 0) owed--
      else owed = command(body)
    }
  })

  /** How many answers come before the next command. */
  function command(body: Buffer): number {
    const { sequence, number } = readCommand(body)
    if (number !== 36) {
      commands.push(number)
      socket.write(framed(Buffer.concat([sequence, Buffer.from([0x8a, 2, 2, 0x10, 7])])))
      return 0
    }
    const frames = reply()
    for (const frame of frames) {
      if (frame === 'hang up') socket.end()
      else if (frame === 'RETURN') socket.write(framed(sequence))
      else if (frame === 'SEQUENCE') socket.write(framed(Buffer.from([8, 99])))
      else socket.write(framed(Buffer.from(frame)))
    }
    return frames.filter((frame, index) => index % 2 === 0 && String(frame).startsWith('kong.')).length
  }
}

/** The sequence as the field that it came in, and which command it is. */
function readCommand(body: Buffer): { sequence: Buffer; number: number } {
  let at = 1
  while ((body[at] ?? 0) > 127) at++
  const sequence = body.subarray(0, at + 1)
  const tag = ((body[at + 1] ?? 0) % 128) + (body[at + 2] ?? 0) * 128
  return { sequence, number: tag >> 3 }
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([length, body])
}

async function assertRefused(refused: Promise<unknown>, expected: RegExp): Promise<void> {
  const message = await refused.then(
    () => 'it was not refused',
    (error: Error) => error.message,
  )
  assert.match(message, expected)
}

test.run()
