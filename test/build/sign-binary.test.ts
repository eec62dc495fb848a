import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { signBinary } from '../../build/sign/binary.ts'
import { machOFixture, machOOf } from './support/small-mach-o.ts'
import { temporaryFolder } from './support/temporary.ts'

const here = process.platform === 'win32' ? test.skip : test

here('signBinary signs a file in its place and keeps its mode', async () => {
  const file = join(temporaryFolder(), 'small')
  writeFileSync(file, machOOf({}))
  chmodSync(file, 0o751)
  await signBinary(file, 'small', 'linux')
  assert.is(statSync(file).mode & 0o777, 0o751)
  const signed = readFileSync(file)
  assert.ok(signed.includes('small\0') && signed.includes(Buffer.from('fade0cc0', 'hex')))
  assert.equal(readdirSync(dirname(file)), ['small'])
})

here('signBinary leaves a file alone that it cannot sign', async () => {
  const file = join(temporaryFolder(), 'small')
  const cut = machOFixture('arm64-ad-hoc').subarray(0, 9000)
  writeFileSync(file, cut)
  const failure = await signBinary(file, 'small', 'linux').catch((error: Error) => error.message)
  assert.match(failure ?? 'signed', /so it was cut/)
  assert.ok(readFileSync(file).equals(cut))
})

here('signBinary calls codesign on macOS', async () => {
  const folder = temporaryFolder()
  const said = join(folder, 'said')
  await withCodesign(`for word; do echo "$word"; done > '${said}'`, () =>
    signBinary('/a b/plugin', 'hello', 'darwin'),
  )
  assert.equal(readFileSync(said, 'utf8').trim().split('\n'), [
    '--sign',
    '-',
    '--force',
    '--identifier',
    'hello',
    '/a b/plugin',
  ])
})

here("signBinary fails with codesign's own words", async () => {
  const failure = await withCodesign(
    'echo "plugin: main executable failed strict validation" >&2; exit 1',
    () => signBinary('/nowhere/plugin', 'hello', 'darwin').catch((error: Error) => error.message),
  )
  assert.is(
    failure,
    'the binary cannot be signed with codesign: it ended with 1 and said:\nplugin: main executable failed strict validation',
  )
})

test.run()

/** Runs with a codesign that is this script. */
async function withCodesign<T>(script: string, run: () => Promise<T>): Promise<T> {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'codesign'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const path = process.env.PATH
  process.env.PATH = `${folder}${delimiter}${path}`
  try {
    return await run()
  } finally {
    process.env.PATH = path
  }
}
