import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf, buildExample } from '../../examples/support/binary.ts'
import {
  binaryWith,
  debianFiles,
  manifestWith,
  pluginWith,
  writeRoot,
} from '../build/support/check-target.ts'
import { buildsHere } from '../build/support/small-binary.ts'
import { elfOf } from '../build/support/small-elf.ts'
import { seaOf } from '../build/support/small-sea.ts'
import { temporaryFolder } from '../build/support/temporary.ts'

const here = buildsHere ? test : test.skip
const kongTs = resolve('bin/kong-ts.mjs')
const folder = temporaryFolder()

const guard = write('guard', binaryWith(manifestWith({})))
const modern = write(
  'modern',
  binaryWith(
    manifestWith({
      plugins: [
        pluginWith({
          pdk: ['kong.request.get_uri_captures'],
          schema: {
            name: 'guard',
            fields: [
              { config: { type: 'record', fields: [{ a: { type: 'string', description: 'ten letters' } }] } },
            ],
          },
        }),
      ],
    }),
  ),
)
const node26 = write(
  'node26',
  binaryWith(manifestWith({ node: '26.10.0' }), {
    needed: ['libatomic.so.1', 'libc.so.6'],
    wanted: { 'libatomic.so.1': ['LIBATOMIC_1.0'], 'libc.so.6': ['GLIBC_2.28'] },
  }),
)

test('kong-ts check ends with 0 and says so where nothing is wrong', () => {
  const { status, stdout, stderr } = check(guard, '--platform', 'linux-x64', '--kong', '3.9')
  assert.is(status, 0, stderr)
  assert.is(stdout.split('\n')[0], `${guard} on linux-x64 with Kong 3.9`)
  assert.match(stdout, /\nNo incompatibilities found!\n$/)
  assert.is(stderr, '')
})

test('kong-ts check prints a block for another processor and ends with 1', () => {
  const { status, stdout } = check(guard, '--platform', 'linux-arm64', '--unmanaged')
  assert.is(status, 1)
  assert.is(
    stdout,
    [
      `${guard} on linux-arm64 with Kong 3.9`,
      '',
      'architecture',
      '\thave: arm64',
      '\twant: x64',
      '\tbuild it with --platform linux-arm64',
      '',
      'note: Without --kong 3.9 was assumed.',
      '',
      '1 incompatibility(ies) found',
      '',
    ].join('\n'),
  )
})

test('kong-ts check prints a block each for a description and getUriCaptures with Kong 2.8', () => {
  const { status, stdout } = check(modern, '--kong', '2.8')
  assert.is(status, 1)
  assert.match(stdout, '\nschema of guard: description\n\thave: Kong 2.8\n\twant: Kong 3.4 or later\n\t')
  assert.match(stdout, '\nkong.request.get_uri_captures\n\thave: Kong 2.8\n\twant: Kong 3.1 or later\n\t')
  assert.match(stdout, /\n2 incompatibility\(ies\) found\n$/)
})

test('kong-ts check knows without an image what the stock ones lack for Node 26', () => {
  const { status, stdout } = check(node26, '--kong', '3.9')
  assert.is(status, 1)
  assert.match(
    stdout,
    '\nlibatomic.so.1\n\thave: no libatomic.so.1 in kong:3.9-ubuntu, kong/kong:3.9-debian, kong/kong:3.9-rhel\n',
  )
  assert.match(stdout, 'note: Without --image the stock images were assumed')
})

test('kong-ts check knows that the images of Kong before 2.5.1 are too old', () => {
  const { status, stdout } = check(guard, '--kong', '2.5.0')
  assert.is(status, 1)
  assert.match(stdout, '\nglibc\n\thave: 2.23 in kong:2.5.0-ubuntu (Ubuntu 16.04)\n\twant: 2.28\n')
  assert.match(stdout, '\nCXXABI\n\thave: 1.3.9 in')
})

test('kong-ts check says that a binary for Windows does not run where Kong does', () => {
  const manifest = manifestWith({ platform: 'win-x64' })
  const windows = write('guard.exe', seaOf('pe', { node: '24.21.0', fuse: '1', manifest }))
  const { status, stdout } = check(windows)
  assert.is(status, 1)
  assert.match(
    stdout,
    '\noperating system\n\thave: linux\n\twant: win\n\tbuild it with --platform linux-x64\n',
  )
  const there = check(windows, '--platform', 'win-x64')
  assert.is(there.status, 0)
  assert.match(there.stdout, 'note: Kong Gateway is published for Linux only.')
})

test('kong-ts check --format json prints one document with the same', () => {
  const root = writeRoot(join(folder, 'root'), debianFiles())
  const lock = write('package-lock.json', Buffer.from(JSON.stringify({ lockfileVersion: 3, packages: {} })))
  const { status, stdout } = check(node26, '--image', root, '--lock', lock, '--unmanaged', '--format', 'json')
  assert.is(status, 1)
  const document = JSON.parse(stdout)
  assert.equal(Object.keys(document), ['binary', 'platform', 'kong', 'image', 'incompatibilities', 'notes'])
  assert.equal([document.platform, document.kong, document.image], ['linux-x64', '3.9.1', root])
  assert.equal(
    document.incompatibilities.map((one: { name: string }) => one.name),
    ['libatomic.so.1'],
  )
  assert.equal(Object.keys(document.incompatibilities[0]), ['name', 'have', 'want', 'advice'])
  assert.equal(document.notes, [])
})

const text = write('text', Buffer.from('hello\n'.repeat(200)))

test('kong-ts check ends with 2 for a request that cannot be understood', () => {
  const refused = (...args: string[]) => {
    const { status, stdout, stderr } = check(...args)
    assert.is(status, 2, stderr)
    assert.is(stdout, '')
    return stderr.split('\n')[0] ?? ''
  }
  assert.match(
    refused(guard, '--platform', 'amiga-m68k'),
    /^Cannot check against "amiga-m68k": choose one platform of linux-x64/,
  )
  assert.match(
    refused(guard, '--platform', 'linux-x64,linux-arm64'),
    /^Cannot check against "linux-x64,linux-arm64"/,
  )
  assert.match(
    refused(guard, '--kong', 'latest'),
    /^Cannot check against Kong "latest": name its version as 3\.4/,
  )
  assert.match(refused(guard, '--image', 'nowhere'), /^Cannot read the image nowhere: there is no such file/)
  assert.match(
    refused(guard, '--image', text),
    /^Cannot read the image .*text: it is no image: neither a folder/,
  )
  assert.match(refused('nowhere'), /^Cannot inspect nowhere: there is no such file$/)
  assert.match(refused(folder), /^Cannot inspect .*: it is a folder: name a binary/)
  assert.match(refused(text), /^Cannot inspect .*text: it is text/)
  assert.match(
    refused(guard, '--lock', 'constructor'),
    /^Cannot read the lock file constructor: there is no such file/,
  )
  assert.match(refused(guard, '--lock', 'yarn.lock'), /^Cannot read yarn\.lock, which is a lock file of Yarn/)
  assert.match(refused(guard, '--format', 'xml'), /Allowed choices are text, json/)
  assert.match(
    refused(guard, '--managed', '--unmanaged'),
    /'--(un)?managed' cannot be used with option '--(un)?managed'/,
  )
  assert.match(refused(), /missing required argument 'binary'/)
})

test('kong-ts check ends with 1 for a program that is no binary of ours, and for one that is damaged', () => {
  const plain = check(process.execPath)
  assert.is(plain.status, 1)
  assert.match(
    plain.stdout,
    /\nbinary\n\thave: It is a plain Node .*\n\twant: a binary as kong-ts build made it\n/,
  )
  const damaged = write('damaged', binaryWith(manifestWith({})).subarray(0, 700))
  assert.is(check(damaged).status, 1)
})

test('kong-ts check prints no line that a binary brings', () => {
  const library = 'evil.so\n\nNo incompatibilities found!\n\u001b[2J'
  const { status, stdout } = check(write('evil', binaryWith(manifestWith({}), { needed: [library] })))
  assert.is(status, 1)
  assert.not.match(stdout, /^No incompatibilities/m)
  assert.not.match(stdout, '\u001b')
  assert.match(stdout, '\nevil.so\\u{a}\\u{a}No incompatibilities found!\\u{a}\\u{1b}[2J\n\thave: no evil.so')
})

here(
  'kong-ts check passes the built hello for its own platform, and for libraries with which it runs',
  () => {
    buildExample('hello')
    const hello = binaryOf('hello')
    assert.is(check(hello, '--platform', 'linux-x64', '--kong', '3.9').status, 0)
    assert.is(check(hello, '--platform', 'linux-arm64').status, 1)
    const root = join(folder, 'real')
    const loaded = [...spawnSync('ldd', [hello], { encoding: 'utf8' }).stdout.matchAll(/(\/\S+) \(0x/g)]
    for (const [, library] of loaded) copyInto(root, library ?? '')
    const { status, stdout } = check(hello, '--image', root, '--kong', '3.9')
    assert.is(status, 0, stdout)
    const none = writeRoot(join(folder, 'alpine'), {
      'lib/ld-musl-x86_64.so.1': elfOf({ soname: 'libc.musl-x86_64.so.1' }),
      'etc/os-release': 'PRETTY_NAME="Alpine Linux v3.18"\n',
    })
    const alpine = check(hello, '--image', none, '--kong', '3.9')
    assert.is(alpine.status, 1)
    assert.match(alpine.stdout, '\nlibc\n\thave: musl (Alpine Linux v3.18)\n\twant: glibc\n')
  },
)

test.run()

function write(name: string, bytes: Buffer): string {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

function copyInto(root: string, file: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  copyFileSync(file, join(root, file))
}

function check(...args: string[]) {
  return spawnSync(process.execPath, [kongTs, 'check', ...args], { encoding: 'utf8' })
}
