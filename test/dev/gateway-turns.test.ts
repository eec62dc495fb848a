import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, between, exchangeBytes } from './support/gateway.ts'

const line = (path: string, ...headers: string[]) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`
const webSocket = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']
const last = 'Connection: close'

/** Takes its time for the first, so that what comes behind it has to wait. */
async function slow(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.startsWith('/slow')) {
    response.writeHead(200, { 'content-length': 10 })
    for (const letter of '0123456789') {
      response.write(letter)
      await delay(20)
    }
    response.end()
  } else response.end(`[${request.url}]`)
}

test('startGateway: an upgrade right behind another request waits for its turn, and the gateway goes on', async () => {
  await between(slow, [], async ({ httpPort }) => {
    const text = await exchangeBytes(httpPort, line('/slow') + line('/ws', ...webSocket))
    assert.match(text, /0123456789HTTP\/1\.1 200 OK[\s\S]*\[\/ws\]$/)
    assert.is((await ask(httpPort)).status, 200)
  })
})

test('startGateway: no request is lost behind one that asks for a protocol which nobody speaks here', async () => {
  await between(slow, [], async ({ httpPort }) => {
    const bytes =
      line('/slow') + line('/second', 'Connection: upgrade', 'Upgrade: h2c') + line('/third', last)
    const text = await exchangeBytes(httpPort, bytes)
    assert.match(text, /0123456789HTTP[\s\S]*\[\/second\]HTTP[\s\S]*\[\/third\]$/)
  })
})

for (const bad of ['\0garbage\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'])
  test(`startGateway: ${JSON.stringify(bad)} behind a request is refused only when that has its whole answer`, async () => {
    await between(slow, [], async ({ httpPort }) => {
      assert.match(await exchangeBytes(httpPort, line('/slow') + bad), /0123456789HTTP\/1\.1 4\d\d /)
      const text = await new Promise<string>((resolve) => {
        const socket = connect(httpPort, '127.0.0.1')
        let all = ''
        socket.on('data', (part) => {
          if (all === '') socket.write(bad, 'latin1')
          all += part
        })
        socket.on('close', () => resolve(all))
        socket.write(line('/slow'))
      })
      assert.match(text, /\r\n\r\n0123456789HTTP\/1\.1 4\d\d /)
    })
  })

test('startGateway: a kept connection gathers no listeners', async () => {
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  await between(slow, [], async ({ httpPort }) => {
    await exchangeBytes(httpPort, line('/x').repeat(30) + line('/y', last))
  })
  await delay(10)
  process.off('warning', note)
  assert.equal(warnings, [])
})

for (const [what, bytes] of [
  ['a chunk that is none', 'Transfer-Encoding: chunked\r\n\r\nZZ\r\n'],
  ['a good chunk before it', 'Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nZZ\r\n'],
] as const)
  test(`startGateway: a body with ${what} is refused at once`, async () => {
    const never = () => undefined
    await between(never, [], async ({ httpPort, records, finished }) => {
      const text = await exchangeBytes(httpPort, `POST / HTTP/1.1\r\nHost: a\r\n${bytes}`)
      assert.match(text, /^HTTP\/1\.1 400 /)
      await finished(1)
      assert.is(records[0]?.state, 'aborted')
    })
  })

for (const head of ['Content-Length: 50\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n5\r\nab'])
  test(`startGateway: a client that leaves in the middle of its body is noticed: ${JSON.stringify(head)}`, async () => {
    const reads = (request: IncomingMessage) => void request.resume()
    await between(reads, [], async ({ httpPort, records, finished }) => {
      const socket = connect(httpPort, '127.0.0.1', () =>
        socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${head}`),
      )
      socket.on('error', () => undefined)
      await delay(100)
      socket.end()
      await finished(1)
      assert.is(records[0]?.state, 'aborted')
    })
  })

test('startGateway: requests for h2c on a kept connection gather no listeners', async () => {
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  await between(slow, [], async ({ httpPort }) => {
    const h2c = line('/x', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c')
    const text = await exchangeBytes(httpPort, h2c.repeat(30) + line('/y', last))
    assert.is(text.match(/\[\/x\]/g)?.length, 30)
  })
  await delay(10)
  process.off('warning', note)
  assert.equal(warnings, [])
})

for (const status of ['101 Switching Protocols', '099 Odd'])
  test(`startGateway: a service that answers ${status} to a plain request is no service`, async () => {
    const service = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(`HTTP/1.1 ${status}\r\n\r\n`))
    })
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
    const { port } = service.address() as { port: number }
    try {
      await between(
        slow,
        [],
        async ({ httpPort }) => {
          assert.is((await ask(httpPort)).status, 502)
        },
        { port },
      )
    } finally {
      service.close()
    }
  })

test('startGateway: 204 has no length, whatever the service says', async () => {
  const odd = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(204, { 'content-length': 5 })
    response.end()
  }
  await between(odd, [], async ({ httpPort }) => {
    const text = await exchangeBytes(httpPort, line('/', last))
    assert.match(text, /^HTTP\/1\.1 204 No Content\r\n/)
    assert.not.match(text, /content-length/i)
  })
})

test.run()
