import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { stripElf } from '../../build/elf.ts'
import { BuildError } from '../../build/errors.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { findTarget } from '../../build/targets.ts'
import { buildsHere, quiet } from './support/small-binary.ts'

const here = buildsHere ? test : test.skip

here(
  'stripElf leaves of the official Node what it had before the end of its last segment, and it runs',
  async () => {
    const target = findTarget('linux-x64')
    const cached = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress: quiet })
    const stripped = readFileSync(cached)
    assert.is(stripped.length, 108_508_384, 'readelf -lW: the last LOAD ends at 0x67515d8 + 0x29f08')
    assert.is(stripped.readBigUInt64LE(40), 0n)
    assert.is(stripped.readUInt32LE(60), 0)
    assert.is(execFileSync(cached, ['--version'], { encoding: 'utf8' }).trim(), 'v24.21.0')
  },
)

test('stripElf keeps all segments of a small file and zeroes its section fields', () => {
  const stripped = stripElf(elfOf({ segments: [100, 50], length: 400 }))
  assert.is(stripped.length, 64 + 2 * 56 + 100 + 50)
  assert.is(stripped.readBigUInt64LE(40), 0n)
  assert.is(stripped.readUInt32LE(60), 0)
})

test('stripElf refuses a file that was cut', () => {
  assert.throws(() => stripElf(elfOf({ segments: [100, 50], length: 300 })), /it has 300 bytes but loads 326/)
})

test('stripElf refuses what is not a 64-bit little-endian ELF file', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), Buffer.from('#!/bin/sh')]) {
    assert.throws(
      () => stripElf(bytes),
      (error: Error) => error instanceof BuildError,
    )
  }
})

test.run()

/** A header, one LOAD entry per segment, then the segments, then what pads the file to `length`. */
function elfOf({ segments, length }: { segments: number[]; length: number }): Buffer {
  const file = Buffer.alloc(1000)
  file.write('\x7fELF\x02\x01', 0, 'latin1')
  file.writeBigUInt64LE(64n, 32)
  file.writeBigUInt64LE(999n, 40)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(segments.length, 56)
  file.writeUInt32LE(0x00050006, 60)
  let offset = 64 + segments.length * 56
  segments.forEach((size, index) => {
    file.writeUInt32LE(1, 64 + index * 56)
    file.writeBigUInt64LE(BigInt(offset), 64 + index * 56 + 8)
    file.writeBigUInt64LE(BigInt(size), 64 + index * 56 + 32)
    offset += size
  })
  return file.subarray(0, length)
}
