import { Writable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLog, formatLine } from '../../src/server/log.ts'
import { bundle, serve, stopAll } from './support/program.ts'
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

const work = await bundle('work.ts')

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
