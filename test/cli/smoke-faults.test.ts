import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { runSmoke } from './smoke-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'smoke-faults-'))
const program = resolve('test/cli/smoke-fixtures/server.mjs')

/** An executable that starts the server with a fault; Kong's empty environment has no PATH to look for node in. */
function serverWith(fault: string, before = 'unset NODE_OPTIONS'): string {
  const file = join(folder, fault)
  writeFileSync(file, `#!/bin/sh\n${before}\nexec "${process.execPath}" "${program}" ${fault} "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

const passes = async (fault: string, before?: string) =>
  runSmoke([serverWith(fault, before), '--timeout', '3'])

test('smoke: a server of another kit without a fault passes in every line', async () => {
  const { code, verdicts, lines } = await passes('no-fault')
  assert.is(code, 0, lines.join('\n'))
  assert.equal(verdicts, [
    'OK DUMP',
    'OK CONFIG',
    'OK SOCKET',
    'OK INSTANCE',
    'OK PHASE access',
    'OK GARBAGE',
    'OK UNKNOWN-INSTANCE',
    'OK RESTART',
    'OK STOP',
  ])
  assert.is(lines.at(-1), '9 passed, 0 failed')
})

const faults: readonly (readonly [fault: string, line: string, says: RegExp])[] = [
  ['talks-at-dump', 'DUMP', /one JSON document and nothing else.*loading the plugin/],
  ['bad-schema', 'DUMP', /Kong refuses the schema of other/],
  ['filter-phase', 'DUMP', /phase "header_filter"/],
  ['forks-at-dump', 'DUMP', /a process that it started still holds its stdout/],
  ['dumps-the-time', 'DUMP', /says something else when it is asked a second time/],
  ['never-listens', 'SOCKET', /was not there after 3000 ms/],
  ['open-mode', 'SOCKET', /mode is 0777, not 0600/],
  ['repeats-one-id', 'INSTANCE', /gave two instances the id 7/],
  ['refuses-config', 'INSTANCE', /answers plugin\.StartInstance with the error not with this/],
  ['never-answers', 'PHASE access', /did not send its answer to plugin\.HandleEvent within 3000 ms/],
  ['always-500', 'PHASE access', /exited with 500/],
  ['calls-nothing-known', 'PHASE access', /it calls kong\.request\.get_nothing, which Kong does not have/],
  ['fails-later', 'GARBAGE', /exited with 500 after 1 call: that is how a failing handler ends/],
  ['dies-on-garbage', 'GARBAGE', /a byte that is no type ended the process with exit code 1/],
  ['knows-everyone', 'UNKNOWN-INSTANCE', /ran an event of an instance that was never started/],
  ['repeats-ids', 'RESTART', /gave the instance id 1 again/],
  ['ignores-sigterm', 'STOP', /still running 3000 ms after SIGTERM/],
  ['wrong-exit-code', 'STOP', /SIGTERM ended it with exit code 3/],
  ['dies-of-sigterm', 'STOP', /does not handle SIGTERM: the signal kills it/],
  ['ignores-stdin', 'STOP', /still running 3000 ms after the end of stdin/],
]

for (const [fault, line, says] of faults)
  test(`smoke: a server that ${fault.replaceAll('-', ' ')} is KO at ${line}, and the answer is no`, async () => {
    const { code, verdicts, lines } = await passes(fault)
    const first = verdicts.find((verdict) => verdict.startsWith('KO'))
    assert.is(first, `KO ${line}`, lines.join('\n'))
    assert.match(lines.find((text) => text.startsWith('[KO]')) ?? '', says)
    assert.is(code, 1)
  })

test('smoke: a socket with too open a mode works, so the rest is tried', async () => {
  const { verdicts, lines } = await passes('open-mode')
  assert.ok(verdicts.includes('OK STOP'))
  assert.is(lines.at(-1), '8 passed, 1 failed')
})

test('smoke: the old server that removes the socket of the new one is KO at RESTART', async () => {
  const { code, verdicts } = await passes('takes-the-socket')
  assert.is(
    verdicts.find((verdict) => verdict.startsWith('KO')),
    'KO RESTART',
  )
  assert.is(code, 1)
})

test('smoke: a server that obeys NODE_OPTIONS is KO at DUMP, and nothing else is tried', async () => {
  const { verdicts, lines } = await passes('obeys', 'true')
  assert.equal(verdicts, ['KO DUMP'])
  assert.match(lines[0] ?? '', /obeys NODE_OPTIONS/)
  assert.is(lines.at(-1), '0 passed, 1 failed; the rest was not tried')
})

test('smoke: a failing line is followed by what the server wrote', async () => {
  const { lines } = await passes('always-500')
  const at = lines.findIndex((line) => line.startsWith('[KO] PHASE'))
  assert.match(lines[at + 1] ?? '', /\| the handler failed in line 7/)
})

test.after(() => rmSync(folder, { recursive: true, force: true }))
test('smoke: a plugin that answers 503 on purpose passes, and one that forks keeps nobody waiting', async () => {
  const closed = await passes('is-closed')
  assert.is(closed.code, 0, closed.lines.join('\n'))
  assert.match(closed.lines.find((line) => line.includes('PHASE')) ?? '', /exited with 503/)
  const forked = await passes('forks')
  assert.is(forked.code, 0, forked.lines.join('\n'))
})

test('smoke: --runner takes a program by a relative path', async () => {
  const runner = join(folder, 'runner.sh')
  writeFileSync(runner, '#!/bin/sh\nexec "$@"\n')
  chmodSync(runner, 0o755)
  const { code, lines } = await runSmoke([
    serverWith('no-fault'),
    '--timeout',
    '3',
    '--runner',
    relative('', runner),
  ])
  assert.is(code, 0, lines.join('\n'))
})

test.run()
