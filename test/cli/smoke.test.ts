import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dialects } from '../../src/pdk/phases.ts'
import { runSmoke } from './smoke-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'smoke-test-'))
const built = (name: string) => join('dist', `${process.platform}-${process.arch}`, name)

const keys = '{"keys":{"alice":"0123456789abcdef"}}'
const plugins: readonly (readonly [name: string, phases: readonly string[], config?: string])[] = [
  ['hello', ['access']],
  ['key-guard', ['access'], keys],
  ['tcp-preread', ['preread', 'log'], '{"deny":["10.0.0.0/8"]}'],
  ['hello-kong-pdk', ['access']],
]

for (const [name, phases, config] of plugins)
  for (const dialect of dialects)
    test(`smoke: ${name} over ${dialect} passes in every line`, async () => {
      const given = config === undefined ? [] : ['--config', config]
      const { code, verdicts, lines } = await runSmoke([built(name), '--protocol', dialect, ...given])
      const before = ['OK DUMP', 'OK CONFIG', 'OK SOCKET', 'OK INSTANCE']
      const after = ['OK GARBAGE', 'OK UNKNOWN-INSTANCE', 'OK RESTART', 'OK STOP']
      const expected = [...before, ...phases.map((phase) => `OK PHASE ${phase}`), ...after]
      assert.equal(verdicts, expected, lines.join('\n'))
      assert.is(code, 0)
      assert.is(lines.at(-1), `${expected.length} passed, 0 failed`)
    })

test('smoke: an exit of the plugin is its outcome in words', async () => {
  const { lines } = await runSmoke([built('key-guard'), '--config', keys])
  assert.match(lines.find((line) => line.includes('PHASE')) ?? '', /exited with 401 after 2 calls$/)
})

test('smoke: a configuration that was given is not printed, as it may be secret', async () => {
  const { lines } = await runSmoke([built('key-guard'), '--config', keys])
  assert.not.match(lines.join('\n'), /0123456789abcdef/)
})

test('smoke: a required field without a default is KO at CONFIG, which names it and --config', async () => {
  const { code, verdicts, lines } = await runSmoke([built('key-guard')])
  assert.equal(verdicts, ['OK DUMP', 'KO CONFIG'])
  assert.match(lines[1] ?? '', /\{"keys":"required field missing"\}.*--config/)
  assert.is(lines.at(-1), '1 passed, 1 failed; the rest was not tried')
  assert.is(code, 1)
})

test('smoke: a configuration that Kong refuses is KO at CONFIG, before anything runs', async () => {
  const config = join(folder, 'config.json')
  writeFileSync(config, '{"message":7}')
  const { code, verdicts, lines } = await runSmoke([built('hello'), '--config', `@${config}`])
  assert.equal(verdicts, ['OK DUMP', 'KO CONFIG'])
  assert.match(lines[1] ?? '', /\{"message":"expected a string"\}/)
  assert.is(code, 1)
})

test('smoke: a handler that fails is KO, with what it wrote', async () => {
  const { code, verdicts, lines } = await runSmoke([
    built('tcp-preread'),
    '--config',
    '{"deny":["127.0.0.999"]}',
  ])
  assert.ok(verdicts.includes('KO PHASE preread'))
  assert.ok(verdicts.includes('KO PHASE log'))
  const at = lines.findIndex((line) => line.startsWith('[KO] PHASE preread'))
  assert.match(lines[at + 1] ?? '', /kong\.log\.err: .*init.*failed.*plugin\.ts:\d+/)
  assert.is(code, 1)
})

test('smoke --format json: one document with the same verdicts, and nothing else', async () => {
  const { code, lines } = await runSmoke([built('hello'), '--format', 'json'])
  const report = JSON.parse(lines.join('\n'))
  assert.is(report.ok, true)
  assert.is(report.failed, 0)
  assert.equal(
    report.steps.map((step: { name: string; ok: boolean }) => [step.name, step.ok]),
    ['DUMP', 'CONFIG', 'SOCKET', 'INSTANCE', 'PHASE', 'GARBAGE', 'UNKNOWN-INSTANCE', 'RESTART', 'STOP'].map(
      (name) => [name, true],
    ),
  )
  assert.is(code, 0)
})

test('smoke: nothing is left of it, neither folder nor socket', async () => {
  const own = mkdtempSync(join(folder, 't-'))
  const { code } = await runSmoke([built('hello')], { env: { ...process.env, TMPDIR: own } })
  assert.is(code, 0)
  assert.equal(readdirSync(own), [])
})

const refused: readonly (readonly [words: readonly string[], says: RegExp])[] = [
  [['--config', '{'], /Cannot read the configuration \{: .*; give a JSON object, or @/],
  [['--config', '[1]'], /Cannot use \[1\] as configuration/],
  [['--config', '@/nowhere/config.json'], /Cannot read the configuration @\/nowhere\/config\.json: ENOENT/],
  [['--timeout', 'soon'], /Cannot wait soon seconds/],
]

for (const [words, says] of refused)
  test(`smoke ${words.join(' ')}: a usage error with a sentence`, async () => {
    const { code, stderr } = await runSmoke([built('hello'), ...words])
    assert.is(code, 2)
    assert.match(stderr, says)
  })

test('smoke --plugin: a plugin that is not inside is refused with those that are', async () => {
  const { code, stderr } = await runSmoke([built('hello'), '--plugin', 'other'])
  assert.is(code, 2)
  assert.is(stderr, 'Cannot try the plugin "other": the binary holds hello\n')
})

test('smoke: a file that is not there, not executable, or no program is refused with a sentence', async () => {
  const file = join(folder, 'no-program')
  writeFileSync(file, 'hello')
  const refusal = async (binary: string) => {
    const { code, stderr } = await runSmoke([binary])
    return `${code} ${stderr}`
  }
  assert.match(await refusal(join(folder, 'absent')), /^2 Cannot try .*absent: ENOENT/)
  assert.match(await refusal(file), /^2 Cannot run .*no-program: it is text/)
  writeFileSync(file, '#!/bin/sh\n')
  assert.match(await refusal(file), /^2 Cannot run .*not executable; run chmod \+x/)
})

// With such a handler the kernel would run it.
const emulated = existsSync('/proc/sys/fs/binfmt_misc/qemu-aarch64')
;(process.arch === 'x64' && process.platform === 'linux' && !emulated ? test : test.skip)(
  'smoke: a binary for another platform is refused with its name and a way out',
  async () => {
    const other = join(folder, 'other-platform')
    const bytes = readFileSync('/bin/sh')
    bytes.writeUInt16LE(0xb7, 18) // e_machine: AArch64
    writeFileSync(other, bytes)
    chmodSync(other, 0o755)
    const { code, stderr } = await runSmoke([other])
    assert.is(code, 2)
    assert.match(stderr, /it is for linux-arm64, and this machine is linux-x64; .* --runner "qemu-/)
  },
)

test('smoke --runner: its words come before the binary, split at blanks', async () => {
  const seen = join(folder, 'seen')
  const runner = join(folder, 'runner')
  writeFileSync(runner, `#!/bin/sh\necho "$1 $2" > "${seen}"\nshift 2\nexec "$@"\n`)
  chmodSync(runner, 0o755)
  const { code } = await runSmoke([built('hello'), '--runner', `${runner}  -L /some/where`])
  assert.is(code, 0)
  assert.is(readFileSync(seen, 'utf8'), '-L /some/where\n')
})

test('smoke: when it is interrupted, it ends what it has started', async () => {
  const pids = join(folder, 'pids')
  const server = join(folder, 'never-listens')
  const program = resolve('test/cli/smoke-fixtures/server.mjs')
  const start = `unset NODE_OPTIONS\necho $$ >> "${pids}"\nexec "${process.execPath}" "${program}" never-listens "$@"`
  writeFileSync(server, `#!/bin/sh\n${start}\n`)
  chmodSync(server, 0o755)
  const started = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n') : [])
  // Two dumps, then the server.
  const interruptWhen = () => started().length === 3
  const { code, stderr } = await runSmoke([server, '--timeout', '60'], { interruptWhen })
  assert.is(code, 1)
  assert.is(stderr, 'Interrupted: what was started has been ended\n')
  const alive = execFileSync('ps', ['-A', '-o', 'pid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([pid, state]) => pid === started()[2] && !state?.startsWith('Z'))
  assert.equal(alive, [])
})

test.after(() => rmSync(folder, { recursive: true, force: true }))
test.run()
