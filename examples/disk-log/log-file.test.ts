import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openLog } from './log-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'disk-log-'))
const options = { reopen: true, maxWaiting: 30 }
const plainError = console.error

/** What it has said, which goes to Kong's error log. */
let said: string[] = []

test.before.each(() => {
  said = []
  console.error = (line: string) => void said.push(line)
})
test.after.each(() => {
  console.error = plainError
})
test.after(() => rmSync(folder, { recursive: true }))

/** The disk takes four bytes of the next write, and refuses the one behind it: what is given then happens. */
async function breakOff(refused: () => void): Promise<void> {
  const probe = await open(join(folder, 'probe'), 'w')
  const disk = Object.getPrototypeOf(probe) as FileHandle
  await probe.close()
  const write = disk.write as (bytes: Uint8Array) => Promise<unknown>
  let writes = 0
  const broken = async function (this: FileHandle, bytes: Uint8Array) {
    if (writes++ === 0) return write.call(this, bytes.subarray(0, 4))
    Object.assign(disk, { write })
    refused()
    throw new Error('ENOSPC: no space left on device')
  }
  Object.assign(disk, { write: broken })
}

/** Resolves when nothing waits any more. */
function allWritten(path: string): Promise<void> {
  return openLog(path, options).close()
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8')
}

test('openLog: the other half of a line goes into the file of the first, though that was moved away', async () => {
  const path = join(folder, 'half.log')
  await breakOff(() => renameSync(path, `${path}.1`))
  const log = openLog(path, options)
  log.write('first line')
  await allWritten(path)
  log.write('second line')
  await log.close()
  assert.equal([textOf(`${path}.1`), textOf(path)], ['first line\n', 'second line\n'])
  assert.equal(said, [
    `Cannot write to ${path}, will try again: Error: ENOSPC: no space left on device`,
    `${path} is written again`,
  ])
})

test('openLog: lines that were lost are counted once', async () => {
  const path = join(folder, 'lost.log')
  const log = openLog(path, options)
  for (const line of ['22 bytes with its end', 'too much', 'too much']) log.write(line)
  await allWritten(path)
  log.write('one that fits')
  await allWritten(path)
  for (const line of ['22 bytes with its end', 'too much']) log.write(line)
  await log.close()
  assert.equal(said, [
    `${path} is too slow: lines are lost from now on`,
    `${path}: 2 lines were lost`,
    `${path} is too slow: lines are lost from now on`,
    `${path}: 1 lines were lost`,
  ])
})

test.run()
