// The kit's own injector against postject: the same program, found the same way, in a Node that is otherwise untouched.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import { injectElf } from '../../build/inject-elf.ts'
import { inspectBinary } from '../../build/inspect/inspection.ts'
import { cacheFolder, fetchNode } from '../../build/node-binary.ts'
import { buildPlugins } from '../../build/pipeline.ts'
import { findTarget } from '../../build/targets.ts'
import { buildsHere, fixtureKit, quiet, small } from './support/small-binary.ts'
import { temporaryFolder } from './support/temporary.ts'

const here = buildsHere ? test : test.skip
const target = findTarget('linux-x64')
const binaries = [{ name: 'small', plugins: [{ file: small, name: 'small' }] }]
const fuse = 'A_FUSE_OF_THIS_TEST'

async function build(injector: 'postject' | 'own'): Promise<string> {
  const out = temporaryFolder()
  await buildPlugins({ target, binaries, out, kit: fixtureKit, injector, progress: quiet })
  return join(out, 'linux-x64', 'small')
}

here('injectElf makes a binary that says the same as the one of postject', async () => {
  const [own, reference] = [await build('own'), await build('postject')]
  const dump = (binary: string) => execFileSync(binary, ['-dump'], { env: {}, encoding: 'utf8' })
  assert.is(dump(own), dump(reference))
  const { file: _a, size: _b, sha256: _c, ...ours } = await inspectBinary(own)
  const { file: _d, size: _e, sha256: _f, ...theirs } = await inspectBinary(reference)
  const blob = (binary: string, place: { offset: number; size: number } | undefined) =>
    readFileSync(binary).subarray(place?.offset, (place?.offset ?? 0) + (place?.size ?? 0))
  const [mine, other] = [blob(own, ours.executable.blob), blob(reference, theirs.executable.blob)]
  assert.is(mine.length, other.length)
  const differing = [...mine.keys()].filter((at) => mine[at] !== other[at])
  const [first = 0, last = 0] = [differing[0], differing.at(-1)]
  assert.ok(last - first < 32, 'only the seal, a SHA-256 of the whole file, is another')
  const without = ({ blob: _, ...executable }: typeof ours.executable) => executable
  assert.equal(
    { ...ours, executable: without(ours.executable) },
    { ...theirs, executable: without(theirs.executable) },
  )
})

here('injectElf changes nothing of the Node but its header, and the one byte of the fuse', async () => {
  const node = readFileSync(
    await fetchNode({ target, version: target.version, cache: cacheFolder(), progress: quiet }),
  )
  const injected = readFileSync(await build('own')).subarray(0, node.length)
  const differing: number[] = []
  for (let at = 64; at < node.length; at += 4096) {
    const end = Math.min(at + 4096, node.length)
    if (node.subarray(at, end).equals(injected.subarray(at, end))) continue
    for (let byte = at; byte < end; byte++) if (node[byte] !== injected[byte]) differing.push(byte)
  }
  assert.is(differing.length, 1)
  assert.is(injected[differing[0] ?? 0], '1'.charCodeAt(0))
})

here('injectElf leaves an ELF file that readelf finds nothing wrong with', async () => {
  const shown = execFileSync('readelf', ['-lnW', await build('own')], { encoding: 'utf8', stdio: 'pipe' })
  assert.match(shown, /NODE_SEA_BLOB/)
  assert.match(shown, /PHDR +0x(\w+) 0x\w+/)
})

test('injectElf refuses what is no ELF file, has no fuse, or has it set or twice', () => {
  const refusal = (node: Buffer) => {
    try {
      injectElf(node, Buffer.from('blob'), fuse)
      return 'nothing'
    } catch (error) {
      assert.instance(error, BuildError)
      return (error as Error).message
    }
  }
  assert.match(refusal(Buffer.from('#!/bin/sh')), 'not a 64-bit little-endian ELF file')
  assert.match(refusal(elf('')), `no fuse ${fuse} that is not set`)
  assert.match(refusal(elf(`${fuse}:1`)), `no fuse ${fuse} that is not set`)
  assert.match(refusal(elf(`${fuse}:0 ${fuse}:0`)), 'more than once')
  assert.match(refusal(elf(`${fuse}:0`).subarray(0, 100)), 'cut within its headers')
})

test.run()

/** A header, one LOAD from the first byte on, and a text. */
function elf(text: string): Buffer {
  const file = Buffer.alloc(512)
  file.write('\x7fELF\x02\x01', 0, 'latin1')
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(1, 56)
  file.writeUInt32LE(1, 64)
  file.writeBigUInt64LE(512n, 64 + 32)
  file.write(text, 256)
  return file
}
