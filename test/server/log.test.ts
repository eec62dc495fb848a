import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLog, formatLine, formatRecord } from '../../src/server/log.ts'
import { bundle, newFolder, run, serve, stopAll, until } from './support/program.ts'
import { ProtobufPeer } from './support/protobuf-peer.ts'

const line = (message: string) => formatLine('warn', message)

test('formatLine puts the level first and ends with a line break', () => {
  assert.is(line('hello'), 'warn: hello\n')
  assert.is(line('  hello \n'), 'warn: hello\n')
  assert.is(line(''), 'warn: \n')
})

test('formatLine makes one line of many', () => {
  assert.is(
    line('Error: no\n    at a (b.ts:1:2)\r\n\n    at c'),
    'warn: Error: no | at a (b.ts:1:2) | at c\n',
  )
})

test('formatLine takes escape codes and control characters out', () => {
  assert.is(
    line('\u001b[31mred\u001b[39m\u0008 a\tb\u0085c\0d\u001b]8;;http://e\u0007link\u001b]8;;\u0007'),
    'warn: red  a b c dlink\n',
  )
  for (let code = 0; code < 0xa0; code++)
    if (code < 0x20 || code > 0x7e) assert.match(line(`a${String.fromCharCode(code)}b`), /^warn: a[ |]+b\n$/)
})

test('formatLine cuts at a character, below 4096 bytes', () => {
  for (const letter of ['x', 'é', '€', '😀'])
    for (let before = 0; before < 4; before++) {
      const bytes = Buffer.from(formatLine('error', 'a'.repeat(before) + letter.repeat(5000)))
      assert.ok(bytes.length < 4096 && bytes.length > 3900, `${bytes.length}`)
      const text = bytes.toString('utf8')
      assert.not.match(text, /\ufffd/)
      assert.ok(text.endsWith('...\n'))
    }
  assert.is(line('x'.repeat(3900)).length, 3907)
})

test('formatLine of a long text of spaces and breaks ends', () => {
  for (const filling of [' ', '\n', ' \n', '\t\r'])
    assert.match(line(`a${filling.repeat(1_000_000)}b`), /^warn: a.*\n$/)
})

test('createLog keeps a bounded amount for a reader that does not read, and says how much it dropped', () => {
  const waiting: (() => void)[] = []
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      waiting.push(done)
    },
  })
  const log = createLog(() => stream as unknown as NodeJS.WriteStream)
  for (let count = 0; count < 5000; count++) log.info(`${count} ${'x'.repeat(1000)}`)
  assert.ok(stream.writableLength < 2_000_000)
  while (waiting.length > 0) waiting.shift()!()
  log.info('the reader is back')
  while (waiting.length > 0) waiting.shift()!()
  const text = chunks.join('')
  const kept = text.match(/^info: \d+ x/gm)?.length ?? 0
  const [, lost] = /^warn: (\d+) log lines were lost/m.exec(text) ?? []
  assert.is(kept + Number(lost), 5000)
  assert.match(text, /^info: the reader is back$/m)
})

test('formatRecord makes one object a line, with what it is about', () => {
  const about = { plugin: 'hello', phase: 'access', instance: 7 }
  const text = formatRecord('error', 'no "way"\n  at a', 'other', about)
  assert.match(text, /^\{[^\n]+\}\n$/)
  const { time, pid, ...rest } = JSON.parse(text)
  assert.equal(rest, { level: 'error', ...about, message: 'no "way" | at a' })
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.is(pid, process.pid)
  assert.is(JSON.parse(formatRecord('info', 'x', 'hello', undefined)).plugin, 'hello')
  assert.not.ok('plugin' in JSON.parse(formatRecord('info', 'x', undefined, undefined)))
})

test('formatRecord of a long message is an object below 4096 bytes', () => {
  for (const letter of ['x', '"', '\\', '😀', '\udc80', 'é']) {
    const text = formatRecord('info', letter.repeat(9000), 'hello', undefined)
    const bytes = Buffer.byteLength(text)
    assert.ok(bytes < 4096 && bytes > 3000, `${letter} ${bytes}`)
    assert.match(JSON.parse(text).message, /\.\.\.$/)
  }
})

test('formatRecord of a long name of a plugin ends, and is below 4096 bytes', () => {
  for (const letter of ['x', '\u0001', '😀']) {
    const plugin = letter.repeat(9000)
    for (const message of ['', 'x'.repeat(9000)]) {
      const text = formatRecord('error', message, undefined, { plugin, phase: 'access', instance: 7 })
      assert.ok(Buffer.byteLength(text) < 4096)
      assert.match(JSON.parse(text).plugin, /^[x\s😀]*\.\.\.$/u)
    }
  }
})

test('formatRecord writes no half of a character, which some readers refuse', () => {
  assert.is(JSON.parse(formatRecord('info', 'a\ud800b', 'hello', undefined)).message, 'a\ufffdb')
})

const work = await bundle('work.ts')
const raw = await bundle('raw.ts', 'raw')

for (const to of ['a pipe', 'a file'])
  test(`-log-format json makes objects of what is written to stderr, which is ${to}, from the first line on`, async () => {
    const folder = newFolder()
    const [socket, file] = [join(folder, 's'), join(folder, 'log')]
    const args = [raw, '-socket', socket, '-log-format=json']
    const program =
      to === 'a pipe'
        ? run(process.execPath, args)
        : run('sh', ['-c', 'exec "$@" 2>"$0"', file, process.execPath, ...args])
    const said = () => (to === 'a pipe' ? program.errors() : readFileSync(file, 'utf8'))
    await until('it serves', () => existsSync(socket))
    const peer = await ProtobufPeer.connect(socket)
    await peer.event(await peer.start('raw', {}), 'access')
    await until('all is written', () => said().includes('from a stream'))
    program.child.kill('SIGTERM')
    assert.is(await program.ended, 0)
    const records = said()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const levelOf = (message: string) => records.find((record) => record.message === message)?.level
    for (const [message, level] of [
      ['console at import', 'info'],
      ['stderr at import', 'error'],
      ['kept at import', 'error'],
      ['process.stderr', 'error'],
      ['fs.writeSync', 'error'],
      ['fs.write', 'error'],
      ['from a stream', 'error'],
    ] as const)
      assert.is(levelOf(message), level, message)
  })

test('in text what is written to stderr goes there as it is', async () => {
  const program = await serve(raw)
  const peer = await ProtobufPeer.connect(program.socket)
  await peer.event(await peer.start('raw', {}), 'access')
  await program.said(/^from a stream$/m)
  assert.match(program.errors(), /^info: console at import\nstderr at import\n/)
  assert.match(program.errors(), /^process\.stderr\nfs\.writeSync\n/m)
})

test('-log-format json makes an object of every line, with plugin, phase and instance of a failure', async () => {
  const socket = join(newFolder(), 's')
  const program = run(process.execPath, [work, '-socket', socket, '-log-format', 'json'])
  const { message: first } = JSON.parse(await program.said(/ serves .*\n/))
  assert.match(first, `work 1.2.3 serves ProtoBuf:1 on ${socket}`)
  const peer = await ProtobufPeer.connect(socket)
  const id = await peer.start('work', { mode: 'throw' })
  await peer.event(id, 'access')
  const other = await ProtobufPeer.connect(socket)
  await other.event(await other.start('work', { mode: 'print' }), 'access')
  await program.said(/y{100}/)
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
  const records = program
    .errors()
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  assert.ok(records.every(({ plugin, pid }) => plugin === 'work' && pid === program.child.pid))
  const failed = records.find(({ message }) => /thrown in work\.ts/.test(message))
  assert.equal([failed.level, failed.phase, failed.instance], ['error', 'access', id])
  const printed = records.find(({ message }) => message === 'first | second')
  assert.equal([printed.level, printed.phase], ['info', undefined])
})

test('-log-level hides what is below it', async () => {
  const socket = join(newFolder(), 's')
  const program = run(process.execPath, [work, '-socket', socket, '-log-level', 'error'])
  await until('the socket is there', () => existsSync(socket))
  const peer = await ProtobufPeer.connect(socket)
  await peer.event(await peer.start('work', { mode: 'print' }), 'access')
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
  assert.is(program.errors(), 'error: red alert\n')
})

test('what a handler prints becomes log lines of the console function’s level', async () => {
  const program = await serve(work)
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('work', { mode: 'print' })
  assert.equal(await peer.event(id, 'access'), ['end'])
  const text = await program.said(/info: y+\.\.\.\n/)
  const lines = text.split('\n').slice(1)
  assert.is(lines[0], 'info: first | second')
  assert.is(lines[1], 'error: red alert')
  assert.match(lines[2]!, /^info: .*\(index\).*\ba\b/)
  assert.is(lines[3], 'info: written')
  assert.ok(Buffer.byteLength(lines[4]!) < 4096)
  assert.is(lines[5], '')
  assert.is(program.out(), '')
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test('a stderr that nobody reads keeps no handler from answering', async () => {
  const program = await serve(work)
  program.child.stderr?.pause()
  const peers = await Promise.all(Array.from({ length: 8 }, () => ProtobufPeer.connect(program.socket)))
  const id = await peers[0]!.start('work', { mode: 'chatter' })
  let answered = 0
  await Promise.all(
    peers.map(async (peer) => {
      for (let count = 0; count < 2500; count++) {
        assert.equal(await peer.event(id, 'access'), ['end'])
        answered++
      }
    }),
  )
  assert.is(answered, 20_000)
  program.child.stderr?.resume()
  // The next line after the reader has caught up tells what was lost.
  while (!program.errors().includes('log lines were lost as nobody read them in time'))
    assert.equal(await peers[0]!.event(id, 'access'), ['end'])
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test.after(stopAll)
test.run()
