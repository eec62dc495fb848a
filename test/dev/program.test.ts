import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  Author,
  answers,
  ask,
  firstPid,
  folderExists,
  folderOf,
  isAlive,
  until,
  watchProgram,
} from './support/program.ts'

test('startProgram: the first release answers, and says what the plugin is', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  const { program, releases } = watched
  try {
    assert.is(program.given, author.plugin)
    assert.is(program.problem, undefined)
    assert.equal(releases, [program.current])
    const { number, dialect, plugins } = program.current
    assert.equal([number, dialect, plugins.length], [1, 'ProtoBuf:1', 1])
    const [plugin] = plugins
    assert.equal(
      { ...plugin, schema: plugin?.schema.name },
      { name: 'hello', version: '1.2.3', priority: 7, phases: ['access'], schema: 'hello' },
    )
    assert.is(await ask(program.current), 'one')
    assert.is(statSync(folderOf(program.current)).mode & 0o777, 0o700)
  } finally {
    await program.close()
  }
})

test('startProgram: a folder stands for its plugin, and the protocol is chosen', async () => {
  const author = new Author()
  author.write('guard/plugin.js', "export { default } from '../hello.ts'")
  const watched = await watchProgram(join(author.folder, 'guard'), { dialect: 'MsgPack:1' })
  try {
    assert.is(watched.program.current.dialect, 'MsgPack:1')
    assert.is(watched.program.current.plugins[0]?.name, 'guard')
    author.say('two')
    await answers(watched, 'two')
  } finally {
    await watched.program.close()
  }
})

test('Program: a save is the next release, and an event under way finishes on the old code', async () => {
  const author = new Author()
  const gate = join(author.folder, 'gate')
  author.handle(
    `while (!existsSync(${JSON.stringify(gate)})) await setTimeout(2)
    kong.response.setHeader('x-word', word)`,
    "import { existsSync } from 'node:fs'\nimport { setTimeout } from 'node:timers/promises'",
  )
  const watched = await watchProgram(author.plugin)
  const { program, releases, retired } = watched
  try {
    const lease = program.lease()
    const pid = await firstPid(watched)
    const underWay = ask(lease.release)
    author.say('two')
    await until('the second release', () => releases.length === 2)
    assert.is(program.current.number, 2)
    assert.equal(retired, [])
    assert.ok(isAlive(pid))
    author.write('gate', '')
    assert.is(await underWay, 'one')
    assert.is(await ask(program.current), 'two')
    lease.end()
    lease.end()
    assert.equal(
      retired.map(({ number }) => number),
      [1],
    )
    await until('the end of the old process', () => !isAlive(pid) && !folderExists(lease.release))
  } finally {
    await program.close()
  }
})

test('Program: a save that renames a whole file over the old one counts', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  try {
    for (const word of ['two', 'three', 'four']) {
      author.replace('helper.ts', `export const word = '${word}'`)
      await answers(watched, word)
    }
  } finally {
    await watched.program.close()
  }
})

test('Program: of a burst of saves the last one runs, and the processes of the others end', async () => {
  const author = new Author()
  const alive = author.notePids()
  const watched = await watchProgram(author.plugin)
  const { program } = watched
  try {
    for (let count = 0; count < 10; count++) {
      author.say(`burst ${count}`)
      await new Promise((resolve) => setTimeout(resolve, count * 7))
    }
    await answers(watched, 'burst 9')
    await until('the end of the others', () => alive().length === 1)
    assert.is(await ask(program.current), 'burst 9')
    assert.is(program.problem, undefined)
  } finally {
    await program.close()
  }
})

test('Program: a save that changes nothing starts nothing', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  try {
    author.say('one')
    author.write('notes.md', 'not a part of it')
    await new Promise((resolve) => setTimeout(resolve, 300))
    author.say('two')
    await answers(watched, 'two')
    assert.equal(
      watched.releases.map(({ number }) => number),
      [1, 2],
    )
  } finally {
    await watched.program.close()
  }
})

test('Program: files that the plugin imports from elsewhere are watched too', async () => {
  const author = new Author()
  author.write('lib/deep/word.ts', "export const word = 'deep'")
  author.write('helper.ts', "export { word } from './lib/deep/word.ts'")
  const watched = await watchProgram(author.plugin)
  try {
    assert.is(await ask(watched.program.current), 'deep')
    author.write('lib/deep/word.ts', "export const word = 'deeper'")
    await answers(watched, 'deeper')
  } finally {
    await watched.program.close()
  }
})

test('Program: stacks name lines of TypeScript, which resolveSource finds', async () => {
  const author = new Author()
  author.write(
    'src/thrower.ts',
    `interface Unused { readonly a: string }
export function refuse(why: string): never {
  throw new Error(why as string)
}
`,
  )
  author.handle("refuse('no ' + word)", "import { refuse } from './src/thrower.ts'")
  const watched = await watchProgram(author.plugin)
  const { program, output } = watched
  try {
    assert.is(await ask(program.current), 500)
    await until('the log line', () => output.some((line) => line.includes('no one')))
    const line = output.find((one) => one.includes('no one')) ?? ''
    assert.match(line, /at refuse \(src\/thrower\.ts:3:9\) \| at .*hello\.ts:8:5/)
    assert.not.match(line, 'kong-ts-pdk/src')
    assert.is(program.resolveSource('src/thrower.ts'), join(author.folder, 'src/thrower.ts'))
    assert.is(program.resolveSource('hello.ts'), author.plugin)
    assert.is(program.resolveSource('nobody.ts'), undefined)
  } finally {
    await program.close()
  }
})

test('Program: close ends every process and folder, leased ones too, and retires their releases', async () => {
  const author = new Author()
  const alive = author.notePids()
  const { program, releases, retired } = await watchProgram(author.plugin)
  program.lease()
  author.say('two')
  await until('the second release', () => releases.length === 2)
  assert.is(alive().length, 2)
  author.say('three')
  await new Promise((resolve) => setTimeout(resolve, 100))
  await program.close()
  await program.close()
  assert.equal(alive(), [])
  assert.equal(releases.filter(folderExists), [])
  assert.equal(
    retired.toSorted((a, b) => a.number - b.number),
    releases,
  )
})

test.run()
