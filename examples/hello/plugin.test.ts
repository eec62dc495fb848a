import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunningPlugin, startExample } from '../support/binary.ts'
import { named } from '../support/peer.ts'

let hello: RunningPlugin

test.before(async () => {
  hello = await startExample('hello')
})
test.after(async () => void (await hello.stop()))

test('hello: tells Kong its name, its phase and its one field', () => {
  const { Protocol, Plugins } = hello.dump
  assert.is(Protocol, 'ProtoBuf:1')
  assert.is(Plugins.length, 1)
  const { Name, Version, Priority, Phases, Schema } = Plugins[0]!
  assert.equal(
    { Name, Version, Priority, Phases },
    { Name: 'hello', Version: '0.2.0', Priority: 1, Phases: ['access'] },
  )
  const config = Schema.fields.find((field) => 'config' in field)
  assert.equal(config, {
    config: { type: 'record', fields: [{ message: { type: 'string', default: 'hello' } }] },
  })
})

test('hello: greets the host of the request', async () => {
  const instance = await hello.configure({ message: 'good morning' })
  const { calls, exit } = await instance.run('access', {
    'kong.request.get_header': named({ host: 'shop.example' }),
  })
  assert.equal(calls, [
    { method: 'kong.request.get_header', args: ['host'], result: 'shop.example' },
    {
      method: 'kong.response.set_header',
      args: ['x-hello-from-ts', 'TypeScript says good morning to shop.example'],
      result: undefined,
    },
  ])
  assert.is(exit, undefined)
})

test('hello: greets nobody where there is no host', async () => {
  const instance = await hello.configure({ message: 'hello' })
  const { calls } = await instance.run('access', { 'kong.request.get_header': named({}) })
  assert.equal(calls.at(-1)?.args, ['x-hello-from-ts', 'TypeScript says hello to nobody'])
})

test.run()
