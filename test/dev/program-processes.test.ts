import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import {
  Author,
  answers,
  ask,
  firstPid,
  folderOf,
  isAlive,
  until,
  type Watched,
  watchProgram,
} from './support/program.ts'

test('Program: a process that is killed comes back as another release, with a problem that says so', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  const { program, releases, retired, problems } = watched
  try {
    const [first] = releases
    process.kill(await firstPid(watched), 'SIGKILL')
    await until('the second release', () => releases.length === 2)
    assert.is(program.current.number, 2)
    assert.is(await ask(program.current), 'one')
    assert.equal(retired, [first])
    assert.match(problems[0]?.text ?? '', /release 1 ended by itself with SIGKILL; .* serves ProtoBuf:1/s)
    author.say('two')
    await answers(watched, 'two')
    assert.is(program.problem, undefined)
  } finally {
    await program.close()
  }
})

test('Program: a handler that ends the process fails closed, and new code takes over from it', async () => {
  const author = new Author()
  author.handle("console.error('farewell')\n    process.exit(3)")
  const watched = await watchProgram(author.plugin)
  const { program, releases } = watched
  try {
    for (let count = 1; count < 4; count++) {
      await ask(program.current).then(
        () => assert.unreachable('it was answered'),
        () => undefined,
      )
      await until('another release', () => releases.length === count + 1)
      assert.match(program.problem?.text ?? '', /ended by itself with exit code 3.*farewell/s)
    }
    author.handle("kong.response.setHeader('x-word', word)")
    await answers(watched, 'one')
    assert.is(program.problem, undefined)
  } finally {
    await program.close()
  }
})

test('Program: a process that ends while the latest save does not run comes back, and the problem stays', async () => {
  const author = new Author()
  const watched = await watchProgram(author.plugin)
  const { program, releases } = watched
  try {
    author.write('helper.ts', 'export const word = = 2')
    await until('a problem', () => program.problem !== undefined)
    process.kill(await firstPid(watched), 'SIGKILL')
    await until('the second release', () => releases.length === 2)
    assert.is(await ask(program.current), 'one')
    assert.match(program.problem?.text ?? '', 'Unexpected "="')
  } finally {
    await program.close()
  }
})

test('Program: its process has an empty environment, and ends when we are killed', async () => {
  const author = new Author()
  author.write('helper.ts', 'export const word = Object.keys(process.env).join() + typeof process.env.PATH')
  const watched = await watchProgram(author.plugin)
  assert.is(await ask(watched.program.current), 'PWDundefined')
  assert.match(folderOf(watched.program.current), /kts-/)
  await watched.program.close()

  const loader = new URL('../../build/load-typescript.mjs', import.meta.url).pathname
  const script = new URL('support/program-parent.ts', import.meta.url).pathname
  const env = { ...process.env, TMPDIR: author.folder }
  const parent = spawn(process.execPath, ['--import', loader, script, author.plugin], { env })
  const output: string[] = []
  parent.stdout.setEncoding('utf8').on('data', (text: string) => output.push(...text.split('\n')))
  const about = { output } as unknown as Watched
  const pid = await firstPid(about)
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await until('the end of the server', () => !isAlive(pid))
})

test('Program: the debugger shows the code that takes requests, and waits with it', async () => {
  const author = new Author()
  author.write(
    'hello.ts',
    `import { definePlugin } from 'kong-ts-pdk'
import { word } from './helper.ts'
export default definePlugin({
  version: '1.0.0',
  timeLimit: 50,
  async access(kong) {
    await new Promise((resolve) => setTimeout(resolve, 400))
    kong.response.setHeader('x-word', word)
  },
})`,
  )
  const port = await freePort()
  const watched = await watchProgram(author.plugin, { inspect: port })
  const { program } = watched
  try {
    await until('the debugger', async () => (await debugged(port))?.includes(folderOf(program.current)))
    assert.is(await ask(program.current), 'one')
    for (const word of ['two', 'three']) {
      author.say(word)
      await answers(watched, word)
      await until('the next debugger', async () =>
        (await debugged(port))?.includes(folderOf(program.current)),
      )
    }
  } finally {
    await program.close()
  }
  assert.is(await debugged(port), undefined)
})

test('Program: the sources that the debugger is told of are there', async () => {
  const { bundleForDev } = await import('../../build/dev-bundle.ts')
  const { existsSync } = await import('node:fs')
  const author = new Author()
  const plugin = { file: author.plugin, name: 'hello' }
  const { outcome } = await bundleForDev({ plugin, isDebugged: true })
  if (outcome instanceof BuildError) throw outcome
  const [, inline = ''] =
    /^\/\/# sourceMappingURL=data:application\/json;base64,(.*)$/m.exec(outcome.code) ?? []
  const { sources }: { sources: string[] } = JSON.parse(Buffer.from(inline, 'base64').toString())
  const files = sources.filter((source) => !source.endsWith('kong-ts-pdk-entry.js'))
  assert.ok(files.includes(new URL(`file://${author.plugin}`).href), files.join())
  assert.equal(
    files.filter((file) => !existsSync(new URL(file))),
    [],
  )
})

test.run()

/** What the debugger on a port shows, or undefined where there is none. */
async function debugged(port: number): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => undefined)
  const [target] = ((await answer?.json()) ?? []) as { url: string }[]
  return target?.url
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
