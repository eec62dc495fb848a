import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Check, checkBinary } from '../../build/check/check.ts'
import { binaryWith, debianFiles, manifestWith, type RootFile, writeRoot } from './support/check-target.ts'
import { elfOf } from './support/small-elf.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()
const arm64 = 183
let roots = 0

const plain = write('plain', binaryWith(manifestWith({})))
const withAtomic = write(
  'with-atomic',
  binaryWith(manifestWith({}), {
    needed: ['libatomic.so.1', 'libc.so.6'],
    wanted: { 'libatomic.so.1': ['LIBATOMIC_1.0'] },
  }),
)

test('checkBinary takes an image that has all that is wanted, by links inside of it', async () => {
  const check = await against(plain, debianFiles())
  assert.equal(check.incompatibilities, [])
  assert.is(check.platform, 'linux-x64')
  assert.is(check.kong, '3.9.1')
})

test('checkBinary follows absolute links and ones upwards inside the image', async () => {
  const atomic = elfOf({ offered: ['libatomic.so.1', 'LIBATOMIC_1.0'] })
  for (const link of ['/opt/real.so', '../../../opt/real.so', '/opt/../opt/./real.so'])
    assert.equal(
      (
        await against(
          withAtomic,
          debianFiles({ 'usr/lib/x86_64-linux-gnu/libatomic.so.1': { link }, 'opt/real.so': atomic }),
        )
      ).incompatibilities,
      [],
      link,
    )
})

test('checkBinary says what an Alpine image lacks and which image to take', async () => {
  const musl = elfOf({ soname: 'libc.musl-x86_64.so.1' })
  const check = await against(plain, {
    'lib/ld-musl-x86_64.so.1': musl,
    'lib/libc.musl-x86_64.so.1': { link: 'ld-musl-x86_64.so.1' },
    'bin/busybox': elfOf({ interpreter: '/lib/ld-musl-x86_64.so.1', needed: ['libc.musl-x86_64.so.1'] }),
    'bin/sh': { link: '/bin/busybox' },
    'etc/alpine-release': '3.18.4\n',
    'etc/os-release': 'NAME="Alpine Linux"\nPRETTY_NAME="Alpine Linux v3.18"\n',
  })
  assert.is(check.incompatibilities.length, 1)
  const [libc] = check.incompatibilities
  assert.is(libc?.name, 'libc')
  assert.is(libc?.have, 'musl (Alpine Linux v3.18)')
  assert.is(libc?.want, 'glibc')
  assert.match(libc?.advice ?? '', 'use kong:3.9-ubuntu')
})

test('checkBinary names a library that the image lacks and the package that has it', async () => {
  const check = await against(withAtomic, debianFiles())
  assert.is(check.incompatibilities.length, 1)
  const [missing] = check.incompatibilities
  assert.is(missing?.name, 'libatomic.so.1')
  assert.match(missing?.have ?? '', /^no libatomic\.so\.1 in \/lib\/x86_64-linux-gnu, /)
  assert.match(missing?.advice ?? '', /^install libatomic1 \(Debian, Ubuntu\) .* line 24/)
})

test('checkBinary compares glibc in one block and other libraries in one each', async () => {
  const check = await against(
    plain,
    debianFiles({
      'usr/lib/x86_64-linux-gnu/libc.so.6': elfOf({ offered: ['libc.so.6', 'GLIBC_2.9', 'GLIBC_2.17'] }),
      'usr/lib/x86_64-linux-gnu/libm.so.6': elfOf({ offered: ['libm.so.6', 'GLIBC_2.2.5'] }),
      'usr/lib/x86_64-linux-gnu/libstdc++.so.6': elfOf({
        offered: ['libstdc++.so.6', 'GLIBCXX_3.4.9', 'GLIBCXX_3.4.19', 'CXXABI_1.3.7'],
      }),
    }),
  )
  assert.equal(
    check.incompatibilities.map(({ name, have, want }) => [name, have, want]),
    [
      ['glibc', '2.17', '2.28'],
      ['libstdc++.so.6', 'GLIBCXX_3.4.19, CXXABI_1.3.7', 'GLIBCXX_3.4.21, CXXABI_1.3.11'],
    ],
  )
})

test('checkBinary compares what a native addon wants with the image, and names the addon', async () => {
  const addon = {
    ...{ file: 'a/a.node', sha256: '00'.repeat(32), asset: 'addon' },
    libraries: ['libpq.so.5', 'libstdc++.so.6', 'libc.so.6'],
    wantedVersions: { 'libstdc++.so.6': ['GLIBCXX_3.4.29'], 'libc.so.6': ['GLIBC_2.9', 'GLIBC_2.34'] },
  }
  const binary = write('with-addon', binaryWith(manifestWith({ addons: [addon] })))
  const { incompatibilities, notes } = await against(binary, debianFiles())
  assert.equal(
    incompatibilities.map(({ name, have, want }) => [name, have.replace(/ in .*/, ''), want]),
    [
      ['glibc for a/a.node', '2.28', '2.34'],
      ['libpq.so.5 for a/a.node', 'no libpq.so.5', 'libpq.so.5'],
      ['libstdc++.so.6 for a/a.node', 'GLIBCXX_3.4.21', 'GLIBCXX_3.4.29'],
    ],
  )
  assert.equal(
    notes.filter((note) => note.includes('a.node')),
    [],
  )
})

test('checkBinary makes a block of each remark on the binary', async () => {
  const unset = binaryWith(manifestWith({ platform: 'linux-arm64' }), {
    data: Buffer.from('node.js/v24.18.1\0NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0'),
  })
  const { incompatibilities } = await against(write('unset', unset), debianFiles())
  assert.equal(
    incompatibilities.map(({ name, have }) => [name, have.slice(0, 30)]),
    [
      ['binary', 'Its Node starts as a plain Nod'],
      ['binary', 'Its manifest says linux-arm64,'],
      ['binary', 'Its blob was made for Node 24.'],
    ],
  )
})

test('checkBinary ends with links that lead to links for each of many libraries', async () => {
  const libraries = Array.from({ length: 1500 }, (_, index) => `lib${index}.so`)
  const binary = write('many', binaryWith(manifestWith({}), { needed: libraries, wanted: {} }))
  const circle = `${'usr/'.repeat(1)}lib/${'./a/../'.repeat(20)}loop`
  const links = Object.fromEntries(libraries.map((name) => [`usr/lib/${name}`, { link: `/${circle}` }]))
  const image = { ...debianFiles(links), 'usr/lib/loop': { link: `/${circle}` }, 'usr/lib/a/b': '' }
  const root = writeRoot(join(folder, `root${roots++}`), image)
  assert.match(await refusal(root, binary), /lead on and on$/)
})

test('checkBinary looks where ld.so.conf and what it includes say', async () => {
  const atomic = elfOf({ offered: ['libatomic.so.1', 'LIBATOMIC_1.0'] })
  const configured = {
    'etc/ld.so.conf': '# comment\ninclude /etc/ld.so.conf.d/*.conf\n',
    'etc/ld.so.conf.d/extra.conf': '/opt/extra # here\n',
    'opt/extra/libatomic.so.1': atomic,
  }
  assert.equal((await against(withAtomic, debianFiles(configured))).incompatibilities, [])
  const ignored = { ...configured, 'etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.config\n' }
  assert.is((await against(withAtomic, debianFiles(ignored))).incompatibilities.length, 1)
})

test('checkBinary ends with an ld.so.conf that includes itself', async () => {
  const circle = { 'etc/ld.so.conf': 'include /etc/ld.so.conf\ninclude ld.so.conf ld.so.conf\n' }
  assert.equal((await against(plain, debianFiles(circle))).incompatibilities, [])
})

test('checkBinary passes over a library for another processor, as the loader does', async () => {
  const other = elfOf({ machine: arm64, offered: ['libatomic.so.1', 'LIBATOMIC_1.0'] })
  const check = await against(withAtomic, debianFiles({ 'usr/lib64/libatomic.so.1': other }))
  assert.equal(
    check.incompatibilities.map(({ name }) => name),
    ['libatomic.so.1'],
  )
})

test('checkBinary reads no file outside of the image, whatever its links say', async () => {
  const outside = write('outside.so', elfOf({ offered: ['libatomic.so.1', 'LIBATOMIC_1.0'] }))
  assert.ok(existsSync(outside))
  const climbing = `${'../'.repeat(40)}${outside.slice(1)}`
  for (const link of [outside, climbing]) {
    const check = await against(withAtomic, debianFiles({ 'usr/lib/libatomic.so.1': { link } }))
    assert.equal(
      check.incompatibilities.map(({ name }) => name),
      ['libatomic.so.1'],
      link,
    )
  }
  const inside = debianFiles({
    'usr/lib/libatomic.so.1': { link: climbing },
    [outside.slice(1)]: readFileSync(outside),
  })
  assert.equal((await against(withAtomic, inside)).incompatibilities, [])
})

test('checkBinary is not led in circles by links of the image', async () => {
  const circles = {
    'usr/lib/libatomic.so.1': { link: 'libatomic.so' },
    'usr/lib/libatomic.so': { link: 'libatomic.so.1' },
  }
  assert.is((await against(withAtomic, debianFiles(circles))).incompatibilities.length, 1)
  const growing = { 'usr/lib/libatomic.so.1': { link: 'libatomic.so.1/x' } }
  assert.is((await against(withAtomic, debianFiles(growing))).incompatibilities.length, 1)
})

test('checkBinary does not wait for a pipe that stands where a library must be', async () => {
  const root = writeRoot(join(folder, `root${roots++}`), debianFiles())
  assert.is(spawnSync('mkfifo', [join(root, 'usr/lib/libatomic.so.1')]).status, 0)
  const check = await checkBinary({ binary: withAtomic, image: root })
  assert.is(check.incompatibilities.length, 1)
})

test('checkBinary takes the processor of the image, and compares it with --platform', async () => {
  const image = {
    'lib/ld-linux-aarch64.so.1': elfOf({
      machine: arm64,
      soname: 'ld-linux-aarch64.so.1',
      offered: ['ld', 'GLIBC_2.17'],
    }),
  }
  const check = await against(plain, image)
  assert.equal(
    check.incompatibilities.map(({ name, have, want }) => [name, have, want]),
    [['architecture', 'arm64', 'x64']],
  )
  const both = await against(plain, debianFiles(), { platform: 'linux-arm64' })
  assert.equal(
    both.incompatibilities.map(({ name, have, want }) => [name, have, want]),
    [['platform of the image', 'linux-x64', 'linux-arm64']],
  )
})

test('checkBinary names the loader where libraries are there and it is not', async () => {
  const files = debianFiles({
    'bin/sh': elfOf({ interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] }),
  })
  delete files['usr/lib64/ld-linux-x86-64.so.2']
  const check = await against(plain, files)
  assert.equal(
    check.incompatibilities.map(({ name, have }) => [name, have]),
    [['loader', 'no /lib64/ld-linux-x86-64.so.2']],
  )
})

test('checkBinary says that a folder without any system is none', async () => {
  const check = await against(plain, { 'etc/motd': 'hello' })
  assert.is(check.incompatibilities[0]?.have, 'none that could be found (a system without a name)')
})

test('checkBinary compares the Kong in the image with --kong, and checks against the one inside', async () => {
  const check = await against(plain, debianFiles(), { kong: '3.4' })
  assert.equal(
    check.incompatibilities.map(({ name, have, want }) => [name, have, want]),
    [['Kong in the image', '3.9.1', '3.4']],
  )
  assert.is(check.kong, '3.9.1')
  assert.equal((await against(plain, debianFiles(), { kong: '3.9' })).incompatibilities, [])
  assert.is((await against(plain, debianFiles(), { kong: '3.9.2' })).incompatibilities.length, 1)
})

test('checkBinary prints no control character that an image brings', async () => {
  const check = await against(plain, {
    'lib/ld-musl-x86_64.so.1': elfOf({ soname: 'libc.musl-x86_64.so.1' }),
    'etc/os-release': 'PRETTY_NAME="\u001b[2Jevil\u0007"\n',
  })
  assert.is(check.incompatibilities[0]?.have, 'musl ([2Jevil)')
})

const hostLibc = '/lib/x86_64-linux-gnu/libc.so.6'
const readelf = existsSync(hostLibc)
  ? spawnSync('readelf', ['-V', '-W', hostLibc], { encoding: 'utf8' })
  : undefined

const withReadelf = readelf?.status === 0 ? test : test.skip
withReadelf('checkBinary reads of a real glibc what readelf does', async () => {
  const offered = [...(readelf?.stdout ?? '').matchAll(/Name: GLIBC_(2\.\d+)\s/g)].map(
    ([, version]) => version ?? '',
  )
  const highest = `2.${Math.max(...offered.map((version) => Number(version.slice(2))))}`
  const binary = write(
    'future',
    binaryWith(manifestWith({}), {
      needed: ['libc.so.6'],
      wanted: { 'libc.so.6': ['GLIBC_2.28', 'GLIBC_9.99'] },
    }),
  )
  const check = await against(
    binary,
    debianFiles({ 'usr/lib/x86_64-linux-gnu/libc.so.6': readFileSync(hostLibc) }),
  )
  assert.equal(
    check.incompatibilities.map(({ name, have, want }) => [name, have, want]),
    [['glibc', highest, '9.99']],
  )
})

test('checkBinary says of a file of another kind what it is, and of a path that is none', async () => {
  const text = write('image.txt', Buffer.from('no image at all\n'.repeat(100)))
  assert.match(await refusal(text), /^Cannot read the image .*image\.txt: /)
  assert.match(await refusal(join(folder, 'nowhere')), /nowhere: there is no such file or folder$/)
  assert.match(await refusal('/dev/null'), /it is neither a folder nor an archive$/)
})

test('checkBinary skips what is too large to be a library', async () => {
  const root = writeRoot(join(folder, `root${roots++}`), debianFiles())
  const huge = join(root, 'usr/lib/libatomic.so.1')
  writeFileSync(huge, elfOf({ offered: ['libatomic.so.1', 'LIBATOMIC_1.0'] }))
  assert.is(spawnSync('truncate', ['-s', '1T', huge]).status, 0)
  assert.is((await checkBinary({ binary: withAtomic, image: root })).incompatibilities.length, 1)
})

test.run()

function write(name: string, bytes: Buffer): string {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

function against(
  binary: string,
  files: Readonly<Record<string, RootFile>>,
  more: { platform?: string; kong?: string } = {},
): Promise<Check> {
  const root = join(folder, `root${roots++}`)
  mkdirSync(root)
  return checkBinary({ binary, image: writeRoot(root, files), ...more })
}

async function refusal(image: string, binary = plain): Promise<string> {
  try {
    await checkBinary({ binary, image })
  } catch (error) {
    return (error as Error).message
  }
  return 'no error'
}
