import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, renameSync, symlinkSync, truncateSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError, UsageError } from '../../build/errors.ts'
import { hostPlatform } from '../../build/targets.ts'
import type { Release } from '../../src/dev/program/release.ts'
import { Worker } from '../../src/fake-kong/worker.ts'
import { createWorld } from '../../src/fake-kong/world.ts'
import { Author, until, watchProgram } from './support/program.ts'

const isLinux = hostPlatform() === 'linux-x64'
const here = isLinux ? test : test.skip
const built = (name: string) => resolve('dist/linux-x64', name)

test.before(() => {
  if (!isLinux) return
  for (const name of ['hello', 'transform'])
    if (!existsSync(built(name)))
      execFileSync(process.execPath, ['bin/kong-ts.mjs', 'build', `examples/${name}`], { stdio: 'ignore' })
})

here('startProgram: a binary is described and answers; built anew it is the next release', async () => {
  const author = new Author()
  const file = join(author.folder, 'hello')
  copyFileSync(built('hello'), file)
  const watched = await watchProgram(file, { dialect: 'MsgPack:1' })
  const { program, releases } = watched
  try {
    const { plugins, dialect } = program.current
    assert.equal(
      plugins.map(({ name, version, phases }) => ({ name, version, phases })),
      [{ name: 'hello', version: '0.2.0', phases: ['access'] }],
    )
    assert.is(dialect, 'MsgPack:1')
    assert.match(await headerOf(program.current), 'TypeScript says hi to example.com')
    copyFileSync(built('transform'), `${file}.new`)
    renameSync(`${file}.new`, file)
    await until('the next release', () => releases.length === 2)
    assert.is.not(program.current.plugins[0]?.version, undefined)
    assert.ok(program.current.plugins[0]?.phases.includes('response'))
    assert.is(program.problem, undefined)
  } finally {
    await program.close()
  }
})

here('Program: a binary that is no longer whole is a problem, and the old one goes on', async () => {
  const author = new Author()
  const file = join(author.folder, 'hello')
  copyFileSync(built('hello'), file)
  const { program } = await watchProgram(file)
  try {
    copyFileSync(built('hello'), `${file}.new`)
    truncateSync(`${file}.new`, 1_000_000)
    renameSync(`${file}.new`, file)
    await until('a problem', () => program.problem !== undefined)
    assert.match(program.problem?.text ?? '', 'it has no manifest')
    assert.match(await headerOf(program.current), 'TypeScript says hi to example.com')
  } finally {
    await program.close()
  }
})

here('startProgram: a binary of several plugins is one process with all of them', async () => {
  const author = new Author()
  const out = join(author.folder, 'dist')
  symlinkSync(resolve('examples'), join(author.folder, 'examples'))
  const build = ['build', 'examples/hello', 'examples/key-guard', '--bundle', 'pack', '--out', out]
  execFileSync(process.execPath, ['bin/kong-ts.mjs', ...build], { stdio: 'ignore' })
  const { program } = await watchProgram(join(out, 'linux-x64/pack'))
  try {
    assert.equal(
      program.current.plugins.map(({ name }) => name),
      ['hello', 'key-guard'],
    )
    assert.match(await headerOf(program.current), 'TypeScript says hi to example.com')
  } finally {
    await program.close()
  }
})

here('startProgram: what is neither source nor binary is refused, and a binary has no debugger', async () => {
  const author = new Author()
  const failureOf = (file: string, inspect?: number) =>
    watchProgram(file, { inspect }).catch((error: unknown) => error)
  const text = await failureOf(author.write('notes', 'text'))
  assert.instance(text, UsageError)
  assert.match((text as Error).message, 'neither a source file')
  const debugged = await failureOf(built('hello'), 9229)
  assert.instance(debugged, BuildError)
  assert.match((debugged as Error).message, 'give the source')
})

test.run()

async function headerOf({ dialect, socket }: Release): Promise<string> {
  const worker = new Worker(dialect, socket, { name: 'hello', config: { message: 'hi' } }, { limit: 10_000 })
  try {
    const world = createWorld()
    await worker.handle('access', world)
    return world.response.headers['x-hello-from-ts']?.[0] ?? ''
  } finally {
    worker.close()
  }
}
