import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Inspection } from '../../build/inspect/inspection.ts'
import { describeInspection } from '../../build/inspect/text.ts'
import { sample } from './support/manifest.ts'

const inspection: Inspection = {
  file: 'dist/linux-x64/guard',
  size: 109_117_632,
  sha256: 'ef'.repeat(32),
  executable: {
    format: 'elf',
    os: 'linux',
    arch: 'x64',
    libc: 'glibc',
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    libraries: [
      ...['libdl.so.2', 'libstdc++.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libpthread.so.0', 'libc.so.6'],
      'ld-linux-x86-64.so.2',
    ],
    wantedVersions: { 'libc.so.6': ['GLIBC_2.28'] },
    offeredVersions: [],
    blob: { offset: 108_527_712, size: 540_654 },
    stripped: true,
  },
  highestVersions: { CXXABI: '1.3.11', GLIBC: '2.28', GLIBCXX: '3.4.21' },
  node: '24.21.0',
  fuse: 'set',
  manifest: sample,
  remarks: [],
}

test('describeInspection shows all of a binary, aligned and in lines of 96 columns', () => {
  const lines = describeInspection(inspection)
  assert.is(
    lines.join('\n'),
    `dist/linux-x64/guard

size          109,117,632 bytes
SHA-256       ${'ef'.repeat(32)}
format        ELF, stripped
system        Linux
processor     x64
libc          glibc
symbols       CXXABI 1.3.11, GLIBC 2.28, GLIBCXX 3.4.21
libraries     libdl.so.2, libstdc++.so.6, libm.so.6, libgcc_s.so.1, libpthread.so.0,
              libc.so.6, ld-linux-x86-64.so.2
Node          24.21.0
blob          540,654 bytes at 108,527,712
fuse          set
kit           kong-ts-pdk 0.2.0
built as      guard for linux-x64
Node options  --disable-sigusr1 --no-addons
code cache    none

plugin guard
  version    1.2.3
  priority   1001
  phases     access, log
  protocol   ProtoBuf:1
  schema     SHA-256 ${'ab'.repeat(32)}
  functions  kong.request.get_header, kong.response.exit

packages
  @scope/tool 1.0.0+build.5  (MIT OR Apache-2.0)
  bcrypt 6.0.0               MIT
  odd 0.0.1                  SEE LICENSE IN LICENSE.txt
  silent 2.0.0               no license named

native addons
  bcrypt/prebuilds/linux-x64/bcrypt.glibc.node
    SHA-256    ${'cd'.repeat(32)}
    libraries  libstdc++.so.6, libc.so.6`,
  )
})

test('describeInspection shows what a program for macOS has instead', () => {
  const { node, manifest, ...plain } = inspection
  const lines = describeInspection({
    ...plain,
    executable: {
      ...{
        format: 'mach-o',
        os: 'darwin',
        arch: 'arm64',
        libraries: [],
        wantedVersions: {},
        offeredVersions: [],
      },
      minimumSystem: '13.5',
    },
    highestVersions: {},
    signature: {
      ...{ identifier: 'guard', adHoc: true, hardenedRuntime: false, hashes: ['sha256'], pages: 29_869 },
      ...{ pageSize: 4096, codeLimit: 1, entitlements: false },
    },
    remarks: [`One remark. ${'word '.repeat(20).trim()}`, 'Another'],
  })
  assert.equal(lines.slice(4), [
    'format     Mach-O',
    'system     macOS 13.5 or newer',
    'processor  arm64',
    'libraries  none',
    'fuse       set',
    'signature  ad hoc as guard, holds for all of 29,869 pages',
    '',
    'remarks',
    `  One remark. ${'word '.repeat(16).trim()}`,
    '  word word word word',
    '  Another',
  ])
})

test('describeInspection shows control characters of a file by their numbers, and never sends them', () => {
  const manifest = { ...sample, name: 'a\x1b[2Jb\u202ec\nd\x9be' }
  const text = describeInspection({ ...inspection, manifest }).join('\n')
  assert.match(text, /^built as {6}a\\u\{1b\}\[2Jb\\u\{202e\}c\\u\{a\}d\\u\{9b\}e for linux-x64$/m)
})

test.run()
