import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, fixture, run, serve, stopAll } from './support/program.ts'
import { ProtobufPeer } from './support/protobuf-peer.ts'

const work = await bundle('work.ts')

const source = readFileSync(fixture('work.ts'), 'utf8').split('\n')

/** How a stack names the place of a text in the fixture. */
function place(text: string): RegExp {
  const line = source.findIndex((candidate) => candidate.includes(text)) + 1
  assert.ok(line > 0, text)
  return new RegExp(`test/server/fixtures/work\\.ts:${line}:\\d+`)
}

async function errorOf(mode: string): Promise<{ line: string; calls: string[] }> {
  const program = await serve(work)
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('work', { mode })
  const calls = await peer.event(id, 'access')
  const [line = ''] = (await program.said(/^error: .*\n/m)).match(/^error: .*$/m) ?? []
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
  return { line, calls }
}

test('a handler that throws ends in a 500, with the author’s file and lines in one log line', async () => {
  const { line, calls } = await errorOf('throw')
  assert.match(line, /^error: work access \(instance \d+\) failed: TypeError: thrown in work\.ts \| /)
  assert.match(line, /at refuseRequest \(/)
  assert.match(line, place("TypeError('thrown"))
  assert.match(line, place("'throw') refuse"))
  assert.not.match(line, /work\.cjs/)
  assert.match(calls.at(-1)!, /^kong\.response\.exit 08f403/)
})

test('a handler that rejects ends in a 500, with the author’s file and lines in one log line', async () => {
  const { line, calls } = await errorOf('reject')
  assert.match(line, /^error: work access \(instance \d+\) failed: TypeError: rejected in work\.ts \| /)
  assert.match(line, place("TypeError('rejected"))
  assert.match(line, place("'reject') await"))
  assert.match(calls.at(-1)!, /^kong\.response\.exit 08f403/)
})

test('the log line of an error names its cause', async () => {
  const { line } = await errorOf('cause')
  assert.match(line, /Error: outer \| .*caused by RangeError: inner/)
})

for (const [mode, said] of [
  ['foreign', /failed: KongPluginError: kept from another event/],
  ['hostile', /failed: a value that cannot be shown$/],
  ['cycle', /failed: Error: its own cause \|.*caused by Error: its own cause/],
  ['sites', /failed: Error: with call sites$/],
  ['refused', /value must be a string.*but it is a promise \(await it\)/],
] as const)
  test(`a handler that fails with something odd ends in a 500 all the same: ${mode}`, async () => {
    const { line, calls } = await errorOf(mode)
    assert.match(line, said)
    assert.match(calls.at(-1)!, /^kong\.response\.exit 08f403/)
  })

test('an error of the kit’s own shows the author’s line, and none of the kit’s', async () => {
  const { line } = await errorOf('refused')
  assert.match(line, place("'refused') kong"))
  assert.not.match(line, /kong-ts-pdk\/src\//)
})

test('a call that comes after its handler has returned is logged', async () => {
  const program = await serve(work)
  const peer = await ProtobufPeer.connect(program.socket)
  assert.equal(await peer.event(await peer.start('work', { mode: 'late' }), 'access'), ['end'])
  const line = await program.said(/^warn: .*\n/m)
  assert.match(
    line,
    /warn: work access \(instance \d+\): Cannot call kong\.response\.set_header: .*had returned: await/,
  )
  program.child.kill('SIGTERM')
  assert.is(await program.ended, 0)
})

test('a plugin that ends its own process leaves a log line', async () => {
  const program = await serve(work)
  const peer = await ProtobufPeer.connect(program.socket)
  const id = await peer.start('work', { mode: 'leave' })
  void peer.event(id, 'access').catch(() => undefined)
  assert.is(await program.ended, 3)
  assert.match(program.errors(), /^error: work ends with exit code 3, as its own code told the process to$/m)
})

for (const [mode, said, thrown] of [
  ['later', /^error: an exception outside a handler: Error: thrown later \|/m, "Error('thrown later"],
  ['lost', /^error: a rejected promise that nobody handles: Error: nobody cares \|/m, "Error('nobody cares"],
  ['odd', /^error: a rejected promise that nobody handles: "a text"$/m, undefined],
] as const)
  test(`what goes wrong outside a handler is logged and the process goes on: ${mode}`, async () => {
    const program = await serve(work)
    const peer = await ProtobufPeer.connect(program.socket)
    const id = await peer.start('work', { mode })
    assert.equal(await peer.event(id, 'access'), ['end'])
    const text = await program.said(said)
    if (thrown !== undefined) assert.match(text, place(thrown))
    assert.equal(await peer.event(id, 'access'), ['end'])
    program.child.kill('SIGTERM')
    assert.is(await program.ended, 0)
  })

test('a file that throws while it is evaluated ends with its TypeScript position in one line and exit code 1', async () => {
  const code = await bundle('broken.ts', 'broken')
  for (const args of [['-dump'], []]) {
    const program = run(process.execPath, [code, ...args])
    assert.is(await program.ended, 1)
    assert.is(program.out(), '')
    assert.match(program.errors(), /^error: TypeError: Cannot read properties of undefined [^\n]*\n$/)
    assert.match(program.errors(), /at readSettings \([^)]*test\/server\/fixtures\/broken\.ts:11:18\)/)
    assert.match(program.errors(), /test\/server\/fixtures\/broken\.ts:13:1/)
  }
})

test('a definition that Kong would not take ends with the sentence alone and exit code 1', async () => {
  const program = run(process.execPath, [await bundle('wrong.ts'), '-dump'])
  assert.is(await program.ended, 1)
  assert.is(program.out(), '')
  assert.match(program.errors(), /^error: [^|\n]*"one"[^|\n]*\n$/)
})

test('a file without a plugin ends with what it exports, what to do, and exit code 1', async () => {
  const program = run(process.execPath, [await bundle('nothing.ts'), '-dump'])
  assert.is(await program.ended, 1)
  assert.match(
    program.errors(),
    /^error: Cannot run the plugin: its file exports \["message"\]; export default [^\n]*\n$/,
  )
})

test.after(stopAll)
test.run()
