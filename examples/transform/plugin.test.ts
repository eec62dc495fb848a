import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Instance, type RunningPlugin, startExample } from '../support/binary.ts'
import { type Answers, named } from '../support/peer.ts'

const config = {
  request: { add: { source: 'gateway' }, remove: ['debug'] },
  response: { add: { served_by: 'kong' }, remove: ['secret'], headers: { 'x-transformed': 'yes' } },
}

let transform: RunningPlugin
let instance: Instance

test.before(async () => {
  transform = await startExample('transform')
  instance = await transform.configure(config)
})
test.after(async () => void (await transform.stop()))

function requestWith(headers: Record<string, string>, body: string | Buffer): Answers {
  return {
    'kong.request.get_header': named(headers),
    'kong.request.get_raw_body': () => Buffer.from(body),
  }
}

function responseWith(headers: Record<string, string>, body: string | Buffer): Answers {
  return {
    'kong.response.get_header': named(headers),
    'kong.response.get_status': () => 203,
    'kong.service.response.get_raw_body': () => Buffer.from(body),
  }
}

/** The body that the service gets in place of the client's. */
async function sentOn(headers: Record<string, string>, body: string | Buffer): Promise<unknown> {
  const { calls } = await instance.run('access', requestWith(headers, body))
  return calls.find(({ method }) => method === 'kong.service.request.set_raw_body')?.args[0]
}

const json = { 'content-type': 'application/json; charset=utf-8' }

test('transform: adds and removes members of a JSON request', async () => {
  assert.is(await sentOn(json, '{"id":1,"debug":true}'), '{"id":1,"source":"gateway"}')
})

test('transform: keeps numbers that JavaScript cannot hold, and a member called __proto__', async () => {
  assert.is(
    await sentOn(json, '{"id":12345678901234567890,"price":1.10,"__proto__":{"a":1}}'),
    '{"id":12345678901234567890,"price":1.10,"__proto__":{"a":1},"source":"gateway"}',
  )
})

test('transform: leaves requests alone that are no plain JSON object', async () => {
  const object = '{"id":1,"debug":true}'
  assert.is(await sentOn({ 'content-type': 'text/plain' }, object), undefined)
  assert.is(await sentOn({}, object), undefined)
  assert.is(await sentOn({ ...json, 'content-encoding': 'gzip' }, gzipSync(object)), undefined)
  for (const body of ['', '[1]', '"text"', '{"id":', Buffer.from('{"id":"\xff"}', 'latin1')])
    assert.is(await sentOn(json, body), undefined, `the body ${body}`)
})

test('transform: answers with the edited body, the status and the new header', async () => {
  const { calls, exit } = await instance.run('response', responseWith(json, '{"secret":"s","name":"n"}'))
  assert.equal(exit, { status: 203, body: '{"name":"n","served_by":"kong"}', headers: {} })
  assert.equal(calls[0]?.args, ['x-transformed', 'yes'])
  assert.equal(calls.at(-1)?.method, 'kong.response.clear_header')
  assert.equal(calls.at(-1)?.args, ['etag'])
})

test('transform: lets other responses pass with their header only', async () => {
  const passing: [Record<string, string>, string | Buffer][] = [
    [{ 'content-type': 'text/html' }, '<p>{}</p>'],
    [{ ...json, 'content-encoding': 'gzip' }, gzipSync('{"secret":"s"}')],
    [json, 'not JSON'],
    [json, ''],
  ]
  for (const [headers, body] of passing) {
    const { calls, exit } = await instance.run('response', responseWith(headers, body))
    assert.is(exit, undefined)
    assert.equal(
      calls
        .filter(({ method }) => method.includes('_header') && !method.includes('get_'))
        .map(({ args }) => args),
      [['x-transformed', 'yes']],
    )
  }
})

test('transform: changes nothing where nothing is to be changed', async () => {
  const idle = await transform.configure({
    request: { add: {}, remove: ['debug'] },
    response: { add: {}, remove: [], headers: {} },
  })
  const { calls } = await idle.run('access', requestWith(json, '{"id":1}'))
  assert.not(calls.some(({ method }) => method.includes('set_raw_body')))
  const { exit } = await idle.run('response', responseWith(json, '{"id":1}'))
  assert.is(exit, undefined)
})

test.run()
