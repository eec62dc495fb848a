import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunningPlugin, startExample } from '../support/binary.ts'
import { named } from '../support/peer.ts'

let hello: RunningPlugin

test.before(async () => {
  hello = await startExample('hello-kong-pdk')
})
test.after(async () => void (await hello.stop()))

test('hello-kong-pdk: the module is described as it stands, over MsgPack:1', () => {
  const { Protocol, Plugins } = hello.dump
  assert.is(Protocol, 'MsgPack:1')
  const { Name, Version, Priority, Phases, Schema } = Plugins[0]!
  assert.equal(
    { Name, Version, Priority, Phases },
    { Name: 'hello-kong-pdk', Version: '0.1.0', Priority: 0, Phases: ['access'] },
  )
  const config = Schema.fields.find((field) => 'config' in field)
  assert.equal(config, { config: { type: 'record', fields: [{ message: { type: 'string' } }] } })
})

test('hello-kong-pdk: runs one object per instance', async () => {
  const instance = await hello.configure({ message: 'good morning' })
  const { calls } = await instance.run('access', {
    'kong.request.get_header': named({ host: 'shop.example' }),
  })
  assert.equal(
    calls.map(({ method, args }) => [method, args[0]]),
    [
      ['kong.request.get_header', 'host'],
      ['kong.response.set_header', 'x-hello-from-js'],
      ['kong.response.set_header', 'x-javascript-pid'],
    ],
  )
  assert.is(calls[1]?.args[1], 'JavaScript says good morning to shop.example')
})

test('hello-kong-pdk: an exit ends the request', async () => {
  const instance = await hello.configure({})
  const { exit } = await instance.run('access', { 'kong.request.get_header': named({}) })
  assert.equal([exit?.status, exit?.body], [400, 'no host'])
})

test.run()
