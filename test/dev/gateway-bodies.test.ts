import { existsSync, readFileSync, statSync } from 'node:fs'
import { type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BodyFile } from '../../src/fake-kong/answer.ts'
import { answerOf, ask, between, bodyOf, exchangeBytes, testPlugin } from './support/gateway.ts'

const megabyte = 1_048_576

test('Bodies: 5 MB go up as they come, and what the service does not take is not taken from the client', async () => {
  let taken = 0
  let goOn: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const slow = async (request: IncomingMessage, response: ServerResponse) => {
    await held
    for await (const part of request) taken += (part as Buffer).length
    response.end(String(taken))
  }
  await between(slow, [], async ({ httpPort, records, finished }) => {
    const size = 40 * megabyte
    const request = openRequest({
      port: httpPort,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-length': size },
      agent: false,
    })
    const answered = new Promise<IncomingMessage>((resolve) => request.on('response', resolve))
    const chunk = Buffer.alloc(megabyte)
    let written = 0
    const write = async () => {
      for (; written < size; written += chunk.length)
        if (!request.write(chunk)) await new Promise((resolve) => request.once('drain', resolve))
      request.end()
    }
    const writing = write()
    // What the sockets' own buffers hold is all that moves until the service reads.
    let before = -1
    for (; before !== written || written === 0; await delay(50)) before = written
    assert.ok(written < size / 2, `${written} bytes were taken from the client`)
    goOn()
    await writing
    const { body } = await answerOf(await answered)
    assert.is(String(body), String(size))
    await finished(1)
    assert.equal([records[0]?.passed.came, records[0]?.passed.sent], [size, size])
  })
})

test('Bodies: a response goes down as it is taken', async () => {
  const size = 40 * megabyte
  let written = 0
  const pouring = async (_: IncomingMessage, response: ServerResponse) => {
    const chunk = Buffer.alloc(megabyte, 'x')
    for (; written < size; written += chunk.length)
      if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve))
    response.end()
  }
  await between(pouring, [], async ({ httpPort, records, finished }) => {
    const message = await new Promise<IncomingMessage>((resolve) =>
      openRequest({ port: httpPort, host: '127.0.0.1', agent: false }, resolve).end(),
    )
    message.pause()
    let before = -1
    for (; before !== written || written === 0; await delay(50)) before = written
    assert.ok(written < size / 2, `${written} bytes were taken from the service`)
    let got = 0
    for await (const part of message) got += (part as Buffer).length
    assert.is(got, size)
    await finished(1)
    assert.is(records[0]?.passed.response, size)
    assert.is(message.headers['transfer-encoding'], 'chunked')
  })
})

const reading = (request: IncomingMessage, response: ServerResponse) =>
  bodyOf(request).then((body) => response.end(body))

test('Bodies: a short body is read when a plugin asks for it, and still reaches the service', async () => {
  let read: unknown
  const plugin = testPlugin('a', {
    async access(world, call) {
      assert.is(world.request.body.length, 0)
      read = await call('kong.request.get_raw_body')
    },
  })
  await between(reading, [plugin], async ({ httpPort }, { seen }) => {
    assert.is(String((await ask(httpPort, { method: 'POST', body: 'short' })).body), 'short')
    assert.is(String(read), 'short')
    assert.is(seen[0]?.headers['content-length'], '5')
  })
})

test('Bodies: a body over 8 kB is in a private file that is gone after the request', async () => {
  const body = Buffer.alloc(100_000, 'long ')
  let file = ''
  let content: unknown
  const plugin = testPlugin('a', {
    async access(_, call) {
      const read = await call('kong.request.get_raw_body')
      assert.instance(read, BodyFile)
      file = (read as BodyFile).path
      assert.is(statSync(file).mode & 0o777, 0o600)
      assert.is(statSync(dirname(file)).mode & 0o777, 0o700)
      assert.equal(readFileSync(file), body)
      content = await call('kong.request.get_raw_body', 0)
    },
  })
  for (const headers of [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }])
    await between(reading, [plugin], async ({ httpPort, records, finished }, { seen }) => {
      const answer = await ask(httpPort, { method: 'POST', body, headers })
      assert.equal(answer.body, body)
      assert.equal(content, body)
      await finished(1)
      assert.is(seen[0]?.headers['content-length'], '100000')
      assert.is(seen[0]?.headers['transfer-encoding'], undefined)
      assert.equal([records[0]?.passed.came, records[0]?.passed.sent], [100_000, 100_000])
    })
  for (let count = 0; existsSync(dirname(file)) && count < 100; count++) await delay(10)
  assert.not(existsSync(dirname(file)))
})

test('Bodies: in response a plugin still has the body that the client sent', async () => {
  let read: unknown
  const plugin = testPlugin('a', {
    async response(_, call) {
      read = await call('kong.request.get_body')
    },
  })
  await between(reading, [plugin], async ({ httpPort }) => {
    const headers = { 'content-type': 'application/json' }
    await ask(httpPort, { method: 'POST', body: '{"a":1}', headers })
    assert.equal(read, { a: 1 })
  })
})

test('Bodies: chunks go on as chunks, without trailers; never with two lengths', async () => {
  await between(reading, [], async ({ httpPort }, { seen }) => {
    const text = await exchangeBytes(
      httpPort,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
    )
    assert.match(text, /hello/)
    const { headers, trailers } = seen[0] as IncomingMessage
    assert.is(headers['transfer-encoding'], 'chunked')
    assert.is(headers['content-length'], undefined)
    assert.equal([headers.trailer, Object.keys(trailers).length], [undefined, 0])
  })
})

test('Bodies: a client that leaves in the middle of its body is not taken for one that has sent all', async () => {
  const plugin = testPlugin('a', { access: (_, call) => call('kong.request.get_raw_body') })
  const seenWhole: boolean[] = []
  const noting = (request: IncomingMessage) =>
    request.on('close', () => seenWhole.push(request.complete)).resume()
  for (const plugins of [[plugin], []])
    await between(noting, plugins, async ({ httpPort, finished, records }) => {
      const socket = connect(httpPort, '127.0.0.1')
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nonly this')
      for (let count = 0; records.length === 0 && count < 500; count++) await delay(10)
      socket.destroy()
      await finished(1)
      assert.is(records[0]?.state, 'aborted')
    })
  assert.equal(seenWhole.includes(true), false)
})

test('Bodies: an HTTP/1.0 client gets a body of unknown length up to the end of its connection', async () => {
  const chunked = (_: IncomingMessage, response: ServerResponse) => {
    response.write('in ')
    response.end('pieces')
  }
  await between(chunked, [], async ({ httpPort }) => {
    const text = await exchangeBytes(httpPort, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    assert.match(text, /\r\n\r\nin pieces$/)
    assert.match(text, /connection: close/i)
  })
})

test.run()
