import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hello, test64 } from './support/hello-binary.ts'
import { MsgpackWorker, ProtobufWorker, runEvents } from './support/kong-worker.ts'
import { socketsOf, workersOf } from './support/processes.ts'
import { bundleAll, newFolder, type Program, run, serve, stopAll, until } from './support/program.ts'

const loader = new URL('../../build/load-typescript.mjs', import.meta.url).href
const load = fileURLToPath(new URL('support/load.ts', import.meta.url))

async function serveBinary(
  binary: string,
  flags: readonly string[],
  settings: readonly string[] = [],
): Promise<Program & { socket: string }> {
  const socket = join(newFolder(), 's')
  const program = run('env', ['-i', ...settings, binary, '-socket', socket, ...flags])
  await program.said(/ serves /)
  return { ...program, socket }
}

const stop = async (program: Program) => {
  program.child.kill('SIGTERM')
  return program.ended
}

for (const [dialect, Worker] of [
  ['ProtoBuf:1', ProtobufWorker],
  ['MsgPack:1', MsgpackWorker],
] as const)
  test64(
    `hello -workers 2 under load, a worker killed every second, over ${dialect}: only answers and refusals`,
    async () => {
      const program = await serveBinary(hello, ['-workers', '2', '-protocol', dialect])
      const kong = new Worker(program.socket)
      await kong.warm(64)
      const id = await kong.start('hello', {})
      let inKilled = 0
      let killed = 0
      const killer = setInterval(() => {
        const pids = workersOf(program)
        const pid = pids[killed++ % pids.length]
        if (pid === undefined) return
        inKilled += socketsOf(pid)
        process.kill(pid, 'SIGKILL')
      }, 1000)
      const { done, refused, closed } = await runEvents(
        10_000,
        64,
        () => kong.event(id),
        () => killed < 3,
      )
      clearInterval(killer)
      const answered = [...done.values()].reduce((sum, count) => sum + count, 0)
      console.log(
        `${dialect}: ${answered} answered, ${refused} refused of ${inKilled} in ${killed} killed workers`,
      )
      assert.is(closed, 0)
      assert.ok(answered + refused >= 10_000)
      assert.ok(refused <= inKilled, `${refused} refused, ${inKilled} in killed workers`)
      kong.end()
      assert.is(await stop(program), 0)
    },
  )

test64(
  'the workers of a binary have the environment that Kong gives it, and take no options from there',
  async () => {
    const settings = ['PWD=/', 'NODE_OPTIONS=--require=/nowhere/injected.js']
    const program = await serveBinary(hello, ['-workers', '2'], settings)
    for (const pid of workersOf(program)) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
      assert.equal(
        environment.filter((entry) => !entry.startsWith('NODE_CHANNEL_')),
        settings,
      )
    }
    assert.is(await stop(program), 0)
  },
)

test64(
  'a worker is replaced by the program that runs, also when its file has become another one',
  async () => {
    const folder = newFolder()
    const binary = join(folder, 'hello')
    execFileSync('cp', [hello, binary])
    const program = await serveBinary(binary, ['-workers', '2'])
    renameSync(binary, join(folder, 'hello-old'))
    execFileSync('cp', ['/bin/false', binary])
    const [pid] = workersOf(program)
    process.kill(pid as number, 'SIGKILL')
    await program.said(/another one starts (at once|in 100 ms)/)
    await until('two workers are there again', () => workersOf(program).length === 2)
    await pause(300)
    assert.not.match(program.errors(), /it had not served yet/)
    assert.is(await stop(program), 0)
  },
)

test('a bundle of two plugins serves both from its workers', async () => {
  const code = await bundleAll('pair', { crew: 'crew.ts', work: 'work.ts' })
  const program = await serve(code, ['-workers', '2'])
  const kong = new ProtobufWorker(program.socket)
  await kong.warm(8)
  const [crew, work] = [await kong.start('crew', {}), await kong.start('work', {})]
  const both = [
    await runEvents(32, 8, () => kong.event(crew)),
    await runEvents(32, 8, () => kong.event(work)),
  ]
  assert.equal(
    both.map(({ refused, closed }) => [refused, closed]),
    [
      [0, 0],
      [0, 0],
    ],
  )
  assert.is(both[0]!.done.size, 2)
  kong.end()
  assert.is(await stop(program), 0)
})

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'])
  test64(`take-over of a server with two workers under load loses no event of ${dialect}`, async () => {
    const first = await serveBinary(hello, ['-workers', '2', '-protocol', dialect])
    const flags = ['--import', loader, load, first.socket, dialect, '2500', 'hello']
    const kongs = [1, 2, 3].map(() => run(process.execPath, flags))
    await Promise.all(kongs.map((kong) => kong.said(/it has begun/)))
    await pause(500)
    const second = run('env', ['-i', hello, '-socket', first.socket, '-workers', '2', '-protocol', dialect])
    await second.said(/ serves /)
    for (const kong of kongs) {
      assert.is(await kong.ended, 0, kong.errors())
      const { answered, lost, moved } = JSON.parse(kong.out())
      assert.is(lost, 0, kong.errors())
      assert.is(moved, 1)
      assert.ok(answered > 100, `${answered} events`)
    }
    assert.is(await first.ended, 0)
    assert.is(await stop(second), 0)
  })

test.after(stopAll)
test.run()
