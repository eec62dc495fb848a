import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError, UsageError } from '../../build/errors.ts'
import { startServerProcess } from '../../src/dev/program/server-process.ts'
import { sourceOrigin } from '../../src/dev/program/source-origin.ts'
import {
  Author,
  answers,
  ask,
  firstPid,
  isAlive,
  pidsOf,
  until,
  type Watched,
  watchProgram,
} from './support/program.ts'

const header = "kong.response.setHeader('x-word', word)"

test('Program: what does not compile is a problem with file, line and excerpt, until it is put right', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  const { program, problems, releases } = watched
  try {
    author.write('helper.ts', '\nexport const word = = 2\n')
    const text = await problemOf(watched)
    assert.match(text, /helper\.ts:2:21: Unexpected "="\n.*export const word = = 2/s)
    assert.is(program.problem?.source, author.plugin)
    assert.is(await ask(program.current), 'one')
    author.say('one')
    await until('the end of the problem', () => program.problem === undefined)
    assert.is(problems.at(-1), undefined)
    assert.is(releases.length, 1)
    author.say('two')
    await answers(watched, 'two')
  } finally {
    await program.close()
  }
})

test('Program: an import that appears later is found, in a new folder too', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  try {
    author.write('helper.ts', "export { word } from './lib/later.ts'")
    assert.match(await problemOf(watched), /helper\.ts:1:\d+: Could not resolve "\.\/lib\/later\.ts"/)
    author.write('lib/later.ts', "export const word = 'later'")
    await answers(watched, 'later')
    assert.is(watched.program.problem, undefined)
  } finally {
    await watched.program.close()
  }
})

test('Program: files and folders that are removed and made anew are followed on', async () => {
  const author = new Author()
  author.write('lib/word.ts', "export const word = 'first'")
  author.write('helper.ts', "export { word } from './lib/word.ts'")
  const watched = await watchProgram(author.plugin)
  try {
    rmSync(author.plugin)
    assert.is(await problemOf(watched), `There is no file ${author.plugin} any more`)
    author.handle(header)
    await until('the end of the problem', () => watched.program.problem === undefined)
    for (const word of ['second', 'third']) {
      rmSync(join(author.folder, 'lib'), { recursive: true })
      author.write('lib/word.ts', `export const word = '${word}'`)
      await answers(watched, word)
      author.write('lib/word.ts', `export const word = '${word} again'`)
      await answers(watched, `${word} again`)
    }
  } finally {
    await watched.program.close()
  }
})

test('Program: a package that is installed later is found', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  try {
    author.write('helper.ts', "export { word } from 'words'")
    assert.match(await problemOf(watched), /There is no package "words": .*npm install words/)
    author.write('node_modules/words/index.js', "export const word = 'packed'")
    await answers(watched, 'packed')
  } finally {
    await watched.program.close()
  }
})

test("Program: a file that throws while it is loaded is a problem in the author's lines", async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  try {
    author.write(
      'helper.ts',
      "export const word = read()\nfunction read(): string {\n  throw new Error('no word')\n}",
    )
    assert.match(await problemOf(watched), /Error: no word\n +at read\d* \(helper\.ts:3:9\)/)
    assert.is(await ask(watched.program.current), 'one')
    author.say('two')
    await answers(watched, 'two')
    assert.is(watched.program.problem, undefined)
  } finally {
    await watched.program.close()
  }
})

test('Program: a definition that Kong would not take is a problem', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  try {
    author.write('hello.ts', "export default { version: '1.0.0', access: 3 }")
    assert.is(await problemOf(watched), 'Cannot use 3 as access of a plugin: it must be a function')
    assert.is(await ask(watched.program.current), 'one')
  } finally {
    await watched.program.close()
  }
})

test('Program: a dump of garbage and a server that leaves are problems', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  try {
    author.handle(
      header,
      `import { spawnSync } from 'node:child_process'
if (process.argv.includes('-dump')) spawnSync('/bin/echo', ['garbage'], { stdio: 'inherit' })`,
    )
    assert.match(await problemOf(watched), /-dump must print one JSON document .*:\ngarbage/s)
    author.handle(header, "if (!process.argv.includes('-dump')) { console.log('bye'); process.exit(3) }")
    await until('the other problem', () => watched.program.problem?.text.includes('exit code 3'))
    assert.match(
      watched.program.problem?.text ?? '',
      /its server ended with exit code 3 before it listened.*bye/s,
    )
    assert.is(await ask(watched.program.current), 'one')
  } finally {
    await watched.program.close()
  }
})

test('startServerProcess: a server that never listens is given up, and ended', async () => {
  const author = new Author()
  author.handle(
    header,
    "if (!process.argv.includes('-dump')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  )
  const { outcome } = await sourceOrigin(author.plugin, false).read()
  if (outcome instanceof BuildError) throw outcome
  let end = () => undefined as string | undefined
  const failure = await startServerProcess({
    executable: outcome,
    dialect: undefined,
    limit: 1500,
    nodeFlags: [],
    onStart: (started) => {
      end = () => started.end
    },
    signal: new AbortController().signal,
  }).catch((error: Error) => error)
  assert.instance(failure, BuildError)
  assert.match((failure as Error).message, 'did not listen within 1.5 s')
  assert.is(end(), 'SIGKILL')
})

test('Program: a release that is not accepted is a problem and ends, and is tried again when asked', async () => {
  const author = new Author()
  let reason: string | undefined
  const asked: number[] = []
  const watched = await watchProgram(author.plugin, {
    accept(release) {
      asked.push(release.number)
      return reason
    },
  })
  const { program } = watched
  try {
    reason = 'kong.yml has other fields'
    author.say('two')
    assert.is(await problemOf(watched), reason)
    assert.is(await ask(program.current), 'one')
    await firstPid(watched)
    assert.is(pidsOf(watched).filter(isAlive).length, 1)
    reason = undefined
    program.retry()
    await answers(watched, 'two')
    assert.equal(asked, [1, 2, 2])
    assert.is(program.problem, undefined)
  } finally {
    await program.close()
  }
})

test('startProgram: what does not run at the very first is a BuildError', async () => {
  const author = new Author()
  author.write('helper.ts', 'export const word = = 2')
  assert.match(await refusal(author.plugin), /^Cannot run .*hello\.ts: .*helper\.ts:1:21: Unexpected "="/)
  author.write('helper.ts', "throw new Error('at once')\nexport const word = ''")
  assert.match(await refusal(author.plugin), /at once\n +at .*helper\.ts:1:7/)
  author.say('one')
  assert.match(await refusal(author.plugin, 'not wanted'), 'not wanted')
  const missing = await watchProgram(join(author.folder, 'nobody.ts')).catch((error: unknown) => error)
  assert.instance(missing, UsageError)
})

test.run()

async function problemOf({ program }: Watched): Promise<string> {
  await until('a problem', () => program.problem !== undefined)
  return program.problem?.text ?? ''
}

async function refusal(file: string, accept?: string): Promise<string> {
  const failure = await watchProgram(file, { accept: () => accept }).catch((error: unknown) => error)
  assert.instance(failure, BuildError)
  return (failure as Error).message
}
