import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Findings } from '../../build/check/findings.ts'
import { readKongVersion } from '../../build/check/kong-version.ts'
import { checkStockLibraries } from '../../build/check/libraries.ts'
import { needsOf } from '../../build/check/needs.ts'
import { alpineTags, stockImages } from '../../build/check/stock-images.ts'
import type { Executable } from '../../build/executable/facts.ts'
import type { ManifestAddon } from '../../build/manifest.ts'

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

test('stockImages knows the Ubuntu of each version, and takes the newest patch of a line', () => {
  const ubuntu = (version: string) => stockImages(readKongVersion(version), 'x64')[0]?.system.name.slice(7)
  const versions = [
    ...['2.4.1', '2.5.0', '2.5.1', '2.5', '2.6', '2.8.1', '2.8.3', '2.8.4', '2.8', '3.1.1', '3.2', '3.8.1'],
    '3.9.0',
  ]
  assert.equal(versions.map(ubuntu), [
    ...['16.04', '16.04', '20.04', '20.04', '20.04', '20.04', '18.04', '22.04', '22.04', '20.04', '22.04'],
    ...['22.04', '24.04'],
  ])
})

test('checkStockLibraries refuses the images of 2.8.3, and says which patch of 2.8 it takes', () => {
  assert.equal(check({}, '2.8.3'), [['glibc', '2.27 in kong:2.8.3-ubuntu (Ubuntu 18.04)', '2.28']])
  assert.equal(check({}, '2.8'), [])
  const newest =
    'For Kong 2.8 its newest patch was assumed, 2.8.5: the images of earlier ones have older systems.'
  assert.ok(notes({}, '2.8').includes(newest))
  assert.not(notes({}, '2.8.5').includes(newest))
})

test('checkStockLibraries compares what a native addon wants, and names the addon', () => {
  const addon = (library: string, version: string): ManifestAddon => ({
    ...{ file: 'a/a.node', sha256: '00'.repeat(32), asset: 'addon' },
    libraries: [library],
    wantedVersions: { [library]: [version] },
  })
  assert.equal(check({}, '3.9', [addon('libc.so.6', 'GLIBC_2.28')]), [])
  assert.equal(
    check({}, '3.9', [addon('libc.so.6', 'GLIBC_2.40')]).map(([name, , want]) => [name, want]),
    [['glibc for a/a.node', '2.40']],
  )
  assert.equal(
    check({}, '3.9', [addon('libstdc++.so.6', 'GLIBCXX_3.4.40')]).map(([name, , want]) => [name, want]),
    [['GLIBCXX for a/a.node', '3.4.40']],
  )
  assert.equal(
    check({}, '3.9', [addon('libpq.so.5', 'RHPG_9.6')]).map(([name]) => name),
    ['libpq.so.5 for a/a.node'],
  )
  assert.match(
    notes({}, '3.9', [addon('libc.so.6', 'GLIBC_2.36')]).join(),
    'It wants glibc 2.36 for a/a.node, and there is 2.34 in kong/kong:3.9-rhel',
  )
})

test('checkStockLibraries takes a library by the name of a part of JavaScript for what it is: missing', () => {
  const libraries = ['constructor', 'toString', '__proto__']
  assert.equal(
    check({ libraries }, '3.9').map(([name]) => name),
    libraries,
  )
})

test('stockImages has for arm64 the images that are built for it', () => {
  const tags = (version: string) => stockImages(readKongVersion(version), 'arm64').map(({ tag }) => tag)
  assert.equal(tags('3.3'), ['kong:3.3-ubuntu'])
  assert.equal(tags('3.9'), ['kong:3.9-ubuntu', 'kong/kong:3.9-rhel'])
  assert.equal(tags('3.4.0'), ['kong:3.4.0-ubuntu'])
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

function checked(changes: Partial<Executable>, version: string, addons: readonly ManifestAddon[]): Findings {
  const executable = { ...node24, ...changes }
  return checkStockLibraries(executable, needsOf(executable, addons), readKongVersion(version))
}

function check(
  changes: Partial<Executable>,
  version: string,
  addons: readonly ManifestAddon[] = [],
): string[][] {
  const { incompatibilities } = checked(changes, version, addons)
  return incompatibilities.map(({ name, have, want }) => [name, have, want])
}

function notes(
  changes: Partial<Executable>,
  version: string,
  addons: readonly ManifestAddon[] = [],
): readonly string[] {
  return checked(changes, version, addons).notes
}
