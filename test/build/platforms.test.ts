// Builds hello for every platform on this machine, looks at each file with programs that are not ours, and runs the one
// for linux-arm64 under qemu where that is installed (Debian: qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross).
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeManifest } from '../../build/manifest.ts'
import { startPlugin } from '../../examples/support/binary.ts'
import { named } from '../../examples/support/peer.ts'
import { buildsHere } from './support/small-binary.ts'
import { temporaryFolder } from './support/temporary.ts'

const out = temporaryFolder()
const here = buildsHere ? test : test.skip
const sysroot = '/usr/aarch64-linux-gnu'
const qemu = spawnSync('qemu-aarch64-static', ['--version']).status === 0
const emulated = buildsHere && qemu && existsSync(join(sysroot, 'lib/libstdc++.so.6')) ? test : test.skip
const looked = buildsHere && spawnSync('file', ['--version']).status === 0 ? test : test.skip

const binaries: Readonly<
  Record<string, { readonly file: string; readonly node: string; readonly kind: RegExp }>
> = {
  'linux-x64': { file: 'hello', node: '24.21.0', kind: /^ELF 64-bit LSB executable, x86-64/ },
  'linux-arm64': { file: 'hello', node: '24.21.0', kind: /^ELF 64-bit LSB executable, ARM aarch64/ },
  'darwin-x64': { file: 'hello', node: '24.18.1', kind: /^Mach-O 64-bit x86_64 executable/ },
  'darwin-arm64': { file: 'hello', node: '26.10.0', kind: /^Mach-O 64-bit arm64 executable/ },
  'win-x64': {
    file: 'hello.exe',
    node: '24.21.0',
    kind: /^PE32\+ executable \(console\) x86-64, for MS Windows/,
  },
  'win-arm64': {
    file: 'hello.exe',
    node: '26.7.0',
    kind: /^PE32\+ executable \(console\) Aarch64, for MS Windows/,
  },
}

here('kong-ts build --platform all makes six binaries on one machine', () => {
  const args = ['bin/kong-ts.mjs', 'build', 'examples/hello', '--platform', 'all', '--out', out, '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  const built: { file: string; platform: string; node: string }[] = JSON.parse(stdout).binaries
  assert.equal(
    built.map(({ file, platform, node }) => [platform, file, node]),
    Object.entries(binaries).map(([platform, { file, node }]) => [platform, join(out, platform, file), node]),
  )
})

looked('file(1) names the format and the architecture of each', () => {
  for (const [platform, { file, kind }] of Object.entries(binaries)) {
    const { stdout } = spawnSync('file', ['-b', join(out, platform, file)], { encoding: 'utf8' })
    assert.match(stdout, kind)
  }
})

here('each holds its manifest, and compiled code only where it was made on that platform', () => {
  for (const [platform, { file, node }] of Object.entries(binaries)) {
    const manifest = decodeManifest(readFileSync(join(out, platform, file)))
    assert.is(manifest?.platform, platform)
    assert.is(manifest?.node, node)
    assert.is(manifest?.flags.codeCache, platform === 'linux-x64')
    assert.equal(manifest?.plugins[0]?.pdk, ['kong.request.get_header', 'kong.response.set_header'])
  }
})

here('each has its fuse set, and each for Windows has no signature left that would not fit', () => {
  for (const [platform, { file }] of Object.entries(binaries)) {
    const bytes = readFileSync(join(out, platform, file))
    assert.is(bytes.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1'), true, platform)
    if (!platform.startsWith('win')) continue
    const header = bytes.readUInt32LE(0x3c) + 24
    assert.is(bytes.readBigUInt64LE(header + 112 + 32), 0n)
  }
})

emulated('the one for linux-arm64 answers -dump and serves an event under qemu', async () => {
  const binary = join(out, 'linux-arm64', 'hello')
  const hello = await startPlugin(binary, ['qemu-aarch64-static', '-L', sysroot])
  try {
    assert.is(hello.dump.Plugins[0]?.Name, 'hello')
    const instance = await hello.configure({ message: 'good morning' })
    const { calls } = await instance.run('access', {
      'kong.request.get_header': named({ host: 'shop.example' }),
    })
    assert.equal(calls[1]?.args, ['x-hello-from-ts', 'TypeScript says good morning to shop.example'])
  } finally {
    assert.is(await hello.stop(), 0)
  }
})

test.run()
