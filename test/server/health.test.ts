import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, bundleAll, newFolder, run, serve, stopAll } from './support/program.ts'

const work = await bundle('work.ts')

async function ask(code: string, ...args: string[]) {
  const program = run(process.execPath, [code, '-health', ...args])
  return { code: await program.ended, out: program.out(), errors: program.errors() }
}

for (const protocol of ['ProtoBuf:1', 'MsgPack:1'])
  test(`-health over ${protocol} ends with 0 while the server serves, and starts no instance`, async () => {
    const server = await serve(work, ['-protocol', protocol])
    const { code, out, errors } = await ask(work, '-socket', server.socket, '-protocol', protocol)
    assert.equal([code, out, errors], [0, `healthy: work over ${protocol} on ${server.socket}\n`, ''])
    server.child.kill('SIGTERM')
    assert.is(await server.ended, 0)
    assert.not.match(server.errors(), /closed an instance|a connection is closed/)
    const after = await ask(work, '-socket', server.socket, '-protocol', protocol)
    assert.is(after.code, 1)
    assert.match(after.errors, /^error: Not healthy: nobody listens on \S+: its server has ended\n$/)
  })

test('-health asks a server of several workers', async () => {
  const server = await serve(work, ['-workers', '2'])
  assert.is((await ask(work, '-socket', server.socket)).code, 0)
  server.child.kill('SIGTERM')
  assert.is(await server.ended, 0)
})

test('-health looks for the socket in the prefix', async () => {
  const folder = newFolder()
  const missing = await ask(work, '-kong-prefix', folder)
  assert.is(missing.code, 1)
  assert.match(
    missing.errors,
    `Not healthy: there is no socket ${folder}/work.socket: the server is not started`,
  )
  await serve(work, [], { socket: join(folder, 'work.socket') })
  assert.is((await ask(work, '-kong-prefix', folder)).code, 0)
})

test('-health refuses a server of other plugins, and one of another protocol', async () => {
  const server = await serve(work)
  const others = await bundleAll('several', { work: 'work.ts', noisy: 'noisy.ts' })
  const other = await ask(others, '-socket', server.socket)
  assert.is(other.code, 1)
  assert.match(other.errors, /Not healthy: the server on \S+ serves work and not noisy\n/)
  const wrong = await ask(work, '-socket', server.socket, '-protocol', 'MsgPack:1')
  assert.is(wrong.code, 1)
  assert.match(wrong.errors, /Not healthy: the server on \S+ has closed the connection unasked/)
})

test('-health gives a server that does not answer five seconds', async () => {
  const socket = join(newFolder(), 's')
  const silent = createServer(() => undefined).listen(socket)
  await once(silent, 'listening')
  const { code, errors } = await ask(work, '-socket', socket)
  silent.close()
  assert.is(code, 1)
  assert.match(errors, /^error: Not healthy: the server on \S+ has not answered within 5000 ms: /)
})

test('-health does not take for a server what answers with something else', async () => {
  const socket = join(newFolder(), 's')
  const web = createServer((client) => client.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(socket)
  await once(web, 'listening')
  const { code, errors } = await ask(work, '-socket', socket)
  web.close()
  assert.is(code, 1)
  assert.match(errors, /^error: Not healthy: what answers on \S+ does not speak ProtoBuf:1 \(/)
})

test.after(stopAll)
test.run()
