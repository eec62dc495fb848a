import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, newFolder, type Program, run, serve, stopAll } from './support/program.ts'

const code = await bundle('work.ts')
const loader = new URL('../../build/load-typescript.mjs', import.meta.url).href
const load = fileURLToPath(new URL('support/load.ts', import.meta.url))

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'])
  test(`take-over after take-over under load loses no event of ${dialect}, and every server leaves with 0`, async () => {
    const socket = `${newFolder()}/s`
    const start = () => serve(code, ['-protocol', dialect], { socket })
    const servers: Program[] = [await start()]
    const workers = [1, 2, 3].map(() =>
      run(process.execPath, ['--import', loader, load, socket, dialect, '4000', 'work', '3']),
    )
    await Promise.all(workers.map((worker) => worker.said(/it has begun/)))
    for (let times = 0; times < 3; times++) {
      servers.push(await start())
      await pause(1000)
    }
    for (const worker of workers) {
      assert.is(await worker.ended, 0, worker.errors())
      const { answered, lost, moved } = JSON.parse(worker.out())
      assert.is(lost, 0)
      assert.is(moved, 3)
      assert.ok(answered > 100, `${answered} events`)
    }
    servers.at(-1)!.child.kill('SIGTERM')
    for (const server of servers) assert.is(await server.ended, 0)
  })

test.after(stopAll)
test.run()
