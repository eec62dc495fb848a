import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkLock, readLock } from '../../build/check/lock.ts'
import { UsageError } from '../../build/errors.ts'
import type { ManifestPackage } from '../../build/manifest.ts'
import { manifestWith } from './support/check-target.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()

test('checkLock finds nothing where the binary holds what the lock file says', async () => {
  assert.equal(await check([of('left', '1.2.3')], { 'node_modules/left': { version: '1.2.3' } }), {
    blocks: [],
    notes: [],
  })
})

test('checkLock gives the version in the binary as have and that of the lock file as want', async () => {
  const { blocks } = await check([of('left', '1.2.3'), of('@scope/right', '2.0.0')], {
    '': { name: 'mine', version: '1.0.0' },
    'node_modules/left': { version: '1.2.4' },
    'node_modules/@scope/right': { version: '3.0.0-rc.1' },
  })
  assert.equal(blocks, [
    ['left', '1.2.3', '1.2.4'],
    ['@scope/right', '2.0.0', '3.0.0-rc.1'],
  ])
})

test('checkLock takes each of several versions where several are bundled', async () => {
  const packages = {
    'node_modules/left': { version: '1.0.0' },
    'node_modules/right/node_modules/left': { version: '2.0.0' },
  }
  assert.equal((await check([of('left', '1.0.0'), of('left', '2.0.0')], packages)).blocks, [])
  assert.equal((await check([of('left', '1.0.0'), of('left', '3.0.0')], packages)).blocks, [
    ['left', '3.0.0', '1.0.0 or 2.0.0'],
  ])
})

test('checkLock knows aliases by their own name, workspaces by theirs, and no links', async () => {
  const packages = {
    'node_modules/alias': { name: 'left', version: '1.0.0' },
    'packages/mine': { name: '@me/mine', version: '0.1.0' },
    'node_modules/@me/mine': { resolved: 'packages/mine', link: true },
  }
  assert.equal(await check([of('left', '1.0.0'), of('@me/mine', '0.1.0')], packages), {
    blocks: [],
    notes: [],
  })
})

test('checkLock wants of several versions the top one, or that of a package that is bundled', async () => {
  const packages = {
    'node_modules/left': { version: '1.0.0' },
    'node_modules/@scope/right/node_modules/left': { version: '2.0.0' },
    'node_modules/@scope/right': { version: '5.0.0' },
  }
  assert.equal((await check([of('left', '1.0.0')], packages)).blocks, [])
  assert.equal((await check([of('left', '2.0.0')], packages)).blocks, [['left', '2.0.0', '1.0.0']])
  assert.equal((await check([of('left', '2.0.0'), of('@scope/right', '5.0.0')], packages)).blocks, [])
  const nested = { 'node_modules/right/node_modules/left': { version: '2.0.0' } }
  assert.equal((await check([of('left', '2.0.0')], nested)).blocks, [])
})

test('checkLock knows a workspace without a name by its folder, and what lies in it', async () => {
  const packages = {
    'packages/mine': { version: '0.1.0' },
    'packages/@me/yours': { version: '0.2.0' },
    'packages/mine/node_modules/left': { version: '2.0.0' },
    'node_modules/left': { version: '1.0.0' },
  }
  const own = [of('mine', '0.1.0'), of('@me/yours', '0.2.0'), of('left', '2.0.0')]
  assert.equal(await check(own, packages), { blocks: [], notes: [] })
})

test('checkLock refuses packages that the lock file does not know, but for the kit', async () => {
  const { blocks } = await check([of('left', '1.0.0'), of('constructor', '1.0.0')], {})
  assert.equal(blocks, [
    ['left', '1.0.0', 'not in the lock file'],
    ['constructor', '1.0.0', 'not in the lock file'],
  ])
  assert.equal(await check([of('kong-ts-pdk', '0.2.0')], {}), { blocks: [], notes: [] })
})

test('checkLock compares the kit where the lock file names it', async () => {
  const { blocks } = await check([], { 'node_modules/kong-ts-pdk': { version: '0.1.0' } })
  assert.equal(blocks, [['kong-ts-pdk', '0.2.0', '0.1.0']])
})

test('readLock reads versions 2 and 3 and says what to do about others', async () => {
  assert.is((await readLock(write('two.json', { lockfileVersion: 2, packages: {} }))).size, 0)
  const refused = async (file: string) => {
    try {
      await readLock(file)
    } catch (error) {
      assert.instance(error, UsageError)
      return (error as Error).message
    }
    return 'no error'
  }
  assert.match(
    await refused(write('one.json', { lockfileVersion: 1, dependencies: {} })),
    /version 1: write it anew with npm 7/,
  )
  assert.match(await refused(write('other.json', { hello: 1 })), /it is none of npm, of version 2 or 3$/)
  assert.match(await refused(write('null.json', null)), /it is none of npm/)
  for (const packages of [[], 'text', null])
    assert.match(await refused(write('no.json', { lockfileVersion: 3, packages })), /it is none of npm/)
  assert.match(await refused(write('constructor', {})), /it is none of npm/)
  assert.match(await refused(join(folder, 'nowhere.json')), /there is no such file$/)
  writeFileSync(join(folder, 'text.json'), 'hello')
  assert.match(await refused(join(folder, 'text.json')), /it is no JSON, as npm writes it$/)
  assert.match(
    await refused('some/yarn.lock'),
    /^Cannot read some\/yarn\.lock, which is a lock file of Yarn: only npm's/,
  )
  assert.match(await refused('pnpm-lock.yaml'), /lock file of pnpm/)
})

test.run()

function of(name: string, version: string): ManifestPackage {
  return { name, version }
}

function write(name: string, document: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(document))
  return file
}

async function check(packages: readonly ManifestPackage[], locked: object) {
  const lock = await readLock(write('package-lock.json', { lockfileVersion: 3, packages: locked }))
  const { incompatibilities, notes } = checkLock(manifestWith({ packages }), lock)
  return { blocks: incompatibilities.map(({ name, have, want }) => [name, have, want]), notes }
}
