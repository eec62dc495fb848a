import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readKongVersion } from '../../build/check/kong-version.ts'
import { checkStockLibraries } from '../../build/check/libraries.ts'
import { alpineTags, stockImages } from '../../build/check/stock-images.ts'
import type { Executable } from '../../build/executable/facts.ts'

const node24: Executable = {
  format: 'elf',
  os: 'linux',
  arch: 'x64',
  libc: 'glibc',
  libraries: ['libdl.so.2', 'libstdc++.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libc.so.6'],
  wantedVersions: {
    'libstdc++.so.6': ['GLIBCXX_3.4.21', 'CXXABI_1.3.11'],
    'libgcc_s.so.1': ['GCC_3.4'],
    'libc.so.6': ['GLIBC_2.9', 'GLIBC_2.28'],
  },
  offeredVersions: [],
}

test('checkStockLibraries takes what Node 24 wants for each Kong since 2.6, on both processors', () => {
  for (const version of ['2.6', '2.8', '3.0', '3.4', '3.6', '3.9', '3.12'])
    for (const arch of ['x64', 'arm64']) assert.equal(check({ arch }, version), [], `${version} ${arch}`)
})

test('checkStockLibraries counts what all stock images lack, and notes what some lack', () => {
  const wanted = (version: string) => ({ wantedVersions: { 'libc.so.6': [version] } })
  assert.equal(check(wanted('GLIBC_2.40'), '3.9'), [
    [
      'glibc',
      '2.39 in kong:3.9-ubuntu (Ubuntu 24.04), 2.36 in kong/kong:3.9-debian (Debian 12), 2.34 in kong/kong:3.9-rhel (Red Hat UBI 9)',
      '2.40',
    ],
  ])
  assert.equal(check(wanted('GLIBC_2.36'), '3.9'), [])
  assert.ok(
    notes(wanted('GLIBC_2.36'), '3.9').includes(
      'It wants glibc 2.36, and there is 2.34 in kong/kong:3.9-rhel (Red Hat UBI 9): choose another image.',
    ),
  )
})

test('checkStockLibraries says that no stock image runs a binary for musl', () => {
  assert.equal(
    check({ libc: 'musl' }, '3.9').map(([name, , want]) => [name, want]),
    [['libc', 'musl']],
  )
})

test('checkStockLibraries warns of the images of Alpine that there were', () => {
  const tags = (version: string) => alpineTags(readKongVersion(version))
  assert.equal(tags('3.1'), ['kong:3.1-alpine', 'kong:3.1'])
  assert.equal(tags('3.3'), ['kong:3.3-alpine'])
  assert.equal(tags('3.4'), [])
  assert.match(
    notes({}, '3.3').join(),
    'Images of Alpine cannot run it, as they have musl and no glibc: kong:3.3-alpine.',
  )
})

test('stockImages has for arm64 the images that are built for it', () => {
  const tags = (version: string) => stockImages(readKongVersion(version), 'arm64').map(({ tag }) => tag)
  assert.equal(tags('3.3'), ['kong:3.3-ubuntu'])
  assert.equal(tags('3.9'), ['kong:3.9-ubuntu', 'kong/kong:3.9-rhel'])
})

const isDebian12 =
  existsSync('/etc/os-release') &&
  /VERSION_ID="12"/.test(readFileSync('/etc/os-release', 'utf8')) &&
  spawnSync('readelf', ['--version']).status === 0 &&
  existsSync('/usr/lib/x86_64-linux-gnu/libstdc++.so.6')

const onDebian12 = isDebian12 ? test : test.skip
onDebian12('stockImages says of Debian 12 what readelf says of its libraries', () => {
  const system = stockImages(readKongVersion('3.9'), 'x64').find(({ tag }) => tag.endsWith('-debian'))?.system
  const highest = (library: string, family: string) => {
    const args = ['-V', '-W', `/usr/lib/x86_64-linux-gnu/${library}`]
    const { stdout } = spawnSync('readelf', args, { encoding: 'utf8' })
    const definitions = stdout.slice(0, stdout.indexOf('Version needs section'))
    const versions = [...definitions.matchAll(new RegExp(`Name: ${family}_([0-9.]+)`, 'g'))].map(
      ([, one]) => one ?? '',
    )
    return spawnSync('sort', ['-V'], { input: versions.join('\n'), encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
      .at(-1)
  }
  assert.equal(
    [system?.GLIBC, system?.GLIBCXX, system?.CXXABI, system?.GCC],
    [
      highest('libc.so.6', 'GLIBC'),
      highest('libstdc++.so.6', 'GLIBCXX'),
      highest('libstdc++.so.6', 'CXXABI'),
      highest('libgcc_s.so.1', 'GCC'),
    ],
  )
})

test.run()

function check(changes: Partial<Executable>, version: string): string[][] {
  const { incompatibilities } = checkStockLibraries({ ...node24, ...changes }, readKongVersion(version))
  return incompatibilities.map(({ name, have, want }) => [name, have, want])
}

function notes(changes: Partial<Executable>, version: string): readonly string[] {
  return checkStockLibraries({ ...node24, ...changes }, readKongVersion(version)).notes
}
