import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { unpack } from '../../src/server/unpack.ts'

const root = mkdtempSync(join(tmpdir(), 'kong-ts-test-'))
process.on('exit', () => rmSync(root, { recursive: true, force: true }))
const platform = Object.getOwnPropertyDescriptor(process, 'platform')!
const bytes = Buffer.from('the bytes of an addon')
const linux = process.platform === 'linux' ? test : test.skip
const posix = process.platform === 'win32' ? test.skip : test

test.before.each(() => {
  process.env.TMPDIR = mkdtempSync(join(root, 'tmp-'))
  process.umask(0)
})
test.after.each(() => {
  Object.defineProperty(process, 'platform', platform)
})

linux(
  'unpack gives a path to the bytes that no name in the folder leads to (skipped elsewhere than on Linux)',
  () => {
    const seen = unpack(bytes, 'fast/fast.node', (path) => ({
      content: readFileSync(path),
      names: readdirSync(process.env.TMPDIR!),
      mode: statSync(path).mode & 0o777,
      links: statSync(path).nlink,
    }))
    assert.equal(seen, { content: bytes, names: [], mode: 0o600, links: 0 })
  },
)

linux(
  'unpack gives two files two paths, as the C library knows files by them (skipped elsewhere than on Linux)',
  () => {
    const [one, two] = ['one', 'two'].map((text) => unpack(Buffer.from(text), 'fast.node', (path) => path))
    assert.is.not(one, two)
    assert.is(readFileSync(one!, 'utf8') + readFileSync(two!, 'utf8'), 'onetwo')
  },
)

linux('unpack closes what could not be loaded (skipped elsewhere than on Linux)', () => {
  const before = readdirSync('/proc/self/fd').length
  for (let count = 0; count < 5; count++) {
    assert.throws(() => unpack(bytes, 'fast.node', () => raise('not self-registered')), 'not self-registered')
  }
  assert.is(readdirSync('/proc/self/fd').length, before)
})

posix(
  'unpack leaves the file in a folder of its own until it was used, where there is no /proc (skipped on Windows)',
  () => {
    pretend('darwin')
    const { path, modes } = unpack(bytes, 'fast/fast.node', (path) => ({
      path,
      modes: [statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777],
    }))
    assert.equal(modes, [0o600, 0o700])
    assert.is(dirname(dirname(path)), process.env.TMPDIR)
    assert.equal(readdirSync(process.env.TMPDIR!), [])
  },
)

posix('unpack removes the file where it could not be used either (skipped on Windows)', () => {
  pretend('darwin')
  assert.throws(() => unpack(bytes, 'fast.node', () => raise('not self-registered')), 'not self-registered')
  assert.equal(readdirSync(process.env.TMPDIR!), [])
})

posix('unpack passes a folder by where others could change the file (skipped on Windows)', () => {
  pretend('darwin')
  chmodSync(process.env.TMPDIR!, 0o777)
  assert.is.not(folderOf(unpack(bytes, 'fast.node', (path) => path)), process.env.TMPDIR)
  chmodSync(process.env.TMPDIR!, 0o1777)
  assert.is(folderOf(unpack(bytes, 'fast.node', (path) => path)), process.env.TMPDIR)
})

posix('unpack with keep leaves the file until the process ends (skipped on Windows)', () => {
  const program = `
    Object.defineProperty(process, 'platform', { value: 'darwin' })
    const { unpack } = await import(${JSON.stringify(new URL('../../src/server/unpack.ts', import.meta.url).href)})
    const path = unpack(Buffer.from('module'), 'add.wasm', (path) => path, { keep: true })
    const { readFileSync } = await import('node:fs')
    console.log(path, readFileSync(path, 'utf8'))`
  const loader = fileURLToPath(new URL('../../build/load-typescript.mjs', import.meta.url))
  const { stdout } = spawnSync(process.execPath, ['--import', loader, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { TMPDIR: process.env.TMPDIR! },
  })
  const [path = '', text] = stdout.trim().split(' ')
  assert.is(text, 'module')
  assert.is(folderOf(path), process.env.TMPDIR)
  assert.not.ok(existsSync(path))
  assert.equal(readdirSync(process.env.TMPDIR!), [])
})

posix('unpack sweeps what a killed process has left, and nothing else (skipped on Windows)', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  const old = Date.now() / 1000 - 700
  const make = (name: string, time: number) => {
    const home = join(process.env.TMPDIR!, name)
    mkdirSync(home)
    writeFileSync(join(home, 'fast.node'), '')
    utimesSync(home, time, time)
    return home
  }
  make(`kong-ts-addon-${gone}-left`, old)
  const stay = [
    make(`kong-ts-addon-${gone}-young`, Date.now() / 1000),
    make(`kong-ts-addon-${process.pid}-alive`, old),
    make(`another-addon-${gone}-left`, old),
  ]
  if (process.getuid?.() === 0) {
    stay.push(make(`kong-ts-addon-${gone}-foreign`, old))
    chownSync(stay.at(-1)!, 12345, 12345)
  }
  pretend('darwin')
  unpack(bytes, 'fast.node', (path) => path)
  assert.equal(readdirSync(process.env.TMPDIR!).sort(), stay.map((path) => basename(path)).sort())
})

posix('unpack sweeps a link and not what it leads to (skipped on Windows)', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  const [kept, link] = [
    mkdtempSync(join(root, 'kept-')),
    join(process.env.TMPDIR!, `kong-ts-addon-${gone}-ffffff`),
  ]
  writeFileSync(join(kept, 'file'), 'text')
  symlinkSync(kept, link)
  lutimesSync(link, 1, Date.now() / 1000 - 700)
  pretend('darwin')
  unpack(bytes, 'fast.node', (path) => path)
  assert.equal(readdirSync(process.env.TMPDIR!), [])
  assert.is(readFileSync(join(kept, 'file'), 'utf8'), 'text')
})

posix(
  'unpack goes on to the next folder where one is missing, no folder, or takes no files (skipped on Windows)',
  () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    for (const folder of [join(root, 'missing'), file, '/proc/self']) {
      process.env.TMPDIR = folder
      assert.equal(
        unpack(bytes, 'fast.node', (path) => readFileSync(path)),
        bytes,
      )
    }
  },
)

posix('unpack says what was wrong with each folder when none takes code (skipped on Windows)', () => {
  process.env.TMPDIR = join(root, 'readable')
  mkdirSync(process.env.TMPDIR)
  let tries = 0
  const error = thrownBy(() =>
    unpack(bytes, 'fast/fast.node', () => {
      tries++
      return raise('fast.node: failed to map segment from shared object')
    }),
  )
  assert.instance(error, KongPluginError)
  assert.is((error as KongPluginError).code, 'NO_PLACE')
  assert.ok(tries > 1)
  assert.match(
    (error as Error).message,
    `Cannot unpack fast/fast.node, as no folder takes it: ${process.env.TMPDIR}: code may not run from there (noexec); /tmp: `,
  )
  assert.match((error as Error).message, 'TMPDIR=/a/folder')
})

test.run()

function pretend(name: string): void {
  Object.defineProperty(process, 'platform', { ...platform, value: name })
}

function folderOf(path: string): string {
  return dirname(dirname(path))
}

function raise(text: string): never {
  throw new Error(text)
}

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}
