import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readDumps } from '../../build/dump.ts'
import { BuildError } from '../../build/errors.ts'
import { checkNodeVersion, verifyBinary } from '../../build/verify.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()
const code = join(folder, 'small.cjs')
const binary = join(folder, 'small')
const described = { Protocol: 'ProtoBuf:1', Plugins: [{ Name: 'small', Priority: 1 }] }

test('verifyBinary passes a binary that prints what its source describes', async () => {
  assert.is(await verdict(described), undefined)
})

test('verifyBinary names where a dump differs, with both values', async () => {
  const other = { ...described, Plugins: [{ Name: 'small', Priority: 2 }] }
  assert.is(
    await verdict(other),
    "the binary's -dump is not what its source describes: 0.Plugins.0.Priority is 2, but must be 1",
  )
})

test('verifyBinary sees a key that is missing or too much', async () => {
  assert.match((await verdict({ Protocol: 'ProtoBuf:1' })) ?? '', /0\.Plugins is undefined, but must be \[/)
  assert.match((await verdict({ ...described, Extra: [] })) ?? '', '0.Extra is [], but must be undefined')
})

test('verifyBinary refuses anything else than one JSON document on stdout', async () => {
  assert.match(
    (await verdict(described, 'echo hello')) ?? '',
    /^its source runs, but not the binary: -dump must print one JSON document and nothing else, but printed:\nhello/,
  )
})

test('verifyBinary shows what a binary said that failed', async () => {
  assert.match(
    (await verdict(described, 'echo broken >&2; exit 3')) ?? '',
    /^its source runs, but not the binary: broken$/,
  )
})

test('verifyBinary says so where a source ends the process while it is loaded', async () => {
  const ended = 'its code ended the process'
  assert.is(await sourceVerdict('process.exit()'), `${ended} while it was loaded (process.exit?)`)
  assert.is(
    await sourceVerdict('process.exit(3)'),
    `${ended} with exit code 3 while it was loaded (process.exit?)`,
  )
  assert.is(
    await sourceVerdict("console.error('info: bye'); process.exit()"),
    `${ended} while it was loaded (process.exit?), after saying:\ninfo: bye`,
  )
  assert.is(
    await sourceVerdict("process.kill(process.pid, 'SIGTERM')"),
    `${ended} by SIGTERM while it was loaded`,
  )
})

test('verifyBinary shows what a source throws in full, a frame a line, without those of Node itself', async () => {
  const long = 'x'.repeat(900)
  const frames = ' | at go (/a b/plugin.ts:3:28) | at Module._compile (node:internal/modules/cjs/loader:1:2)'
  const said = `error: TypeError: ${long}${frames}`
  assert.is(
    await sourceVerdict(`console.error(${JSON.stringify(said)}); process.exit(1)`),
    `TypeError: ${long}\n    at go (/a b/plugin.ts:3:28)`,
  )
})

test('verifyBinary refuses a binary that obeys NODE_OPTIONS', async () => {
  assert.match(
    (await verdict(described, 'test -z "$NODE_OPTIONS" || exit 9')) ?? '',
    'the binary obeys NODE_OPTIONS',
  )
})

test('checkNodeVersion refuses a Node in which a binary cannot ignore NODE_OPTIONS', () => {
  for (const version of ['22.23.2', '24.6.0'])
    assert.throws(
      () => checkNodeVersion(version),
      `Cannot use Node ${version}: a binary made of it obeys NODE_OPTIONS`,
    )
  for (const version of ['24.7.0', '25.1.0', '26.0.0']) checkNodeVersion(version)
})

test.run()

/** The sentence about a stand-in binary: a shell script that does `first` and prints a dump. */
async function verdict(dump: unknown, first = ':'): Promise<string | undefined> {
  return sourceVerdict(`console.log(${JSON.stringify(JSON.stringify(described))})`, dump, first)
}

/** The sentence about a source, with a stand-in binary beside it. */
async function sourceVerdict(source: string, dump: unknown = described, first = ':') {
  writeFileSync(code, source)
  writeFileSync(binary, `#!/bin/sh\n${first}\necho '${JSON.stringify(dump)}'\n`)
  chmodSync(binary, 0o755)
  const error = await readDumps(process.execPath, [code], ['small'])
    .then((expected) => verifyBinary(binary, expected, ['small']))
    .then(
      () => undefined,
      (thrown) => thrown,
    )
  if (error === undefined) return undefined
  assert.instance(error, BuildError)
  return error.message
}
