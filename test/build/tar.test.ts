import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { extractFile } from '../../build/tar.ts'
import { archiveOf } from './support/archive.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()
const archive = join(folder, 'package.tgz')
const helloHash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
const files = {
  'package/README.md': Buffer.alloc(70_000, 'x'),
  'package/bin/node': Buffer.from('hello'),
  'package/bin/node.txt': Buffer.alloc(512, 'y'),
}
let count = 0
const freshPath = () => join(folder, `out-${count++}`)

test('extractFile writes the named file, executable, and returns its SHA-256', async () => {
  writeFileSync(archive, archiveOf(files))
  const target = freshPath()
  assert.is(await extractFile(archive, 'package/bin/node', target), helloHash)
  assert.is(readFileSync(target, 'utf8'), 'hello')
  assert.is(statSync(target).mode & 0o111, 0o111)
})

test('extractFile returns undefined where the archive lacks the file', async () => {
  writeFileSync(archive, archiveOf(files))
  assert.is(await extractFile(archive, 'package/bin', freshPath()), undefined)
})

test('extractFile refuses an archive that was cut anywhere', async () => {
  const whole = archiveOf(files)
  for (const share of [0.1, 0.5, 0.9]) {
    writeFileSync(archive, whole.subarray(0, Math.floor(whole.length * share)))
    const error = await extractFile(archive, 'package/bin/node', freshPath()).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    assert.instance(error, Error, `cut at ${share}`)
  }
})

test.run()
