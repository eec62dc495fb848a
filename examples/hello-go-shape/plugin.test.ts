import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunningPlugin, startExample } from '../support/binary.ts'
import { named } from '../support/peer.ts'

let hello: RunningPlugin

test.before(async () => {
  hello = await startExample('hello-go-shape')
})
test.after(async () => void (await hello.stop()))

test('hello-go-shape: the fields of the object are the configuration', () => {
  const { Name, Version, Priority, Phases, Schema } = hello.dump.Plugins[0]!
  assert.equal(
    { Name, Version, Priority, Phases },
    { Name: 'hello-go-shape', Version: '0.2.0', Priority: 1, Phases: ['access'] },
  )
  const config = Schema.fields.find((field) => 'config' in field)
  assert.equal(config, {
    config: { type: 'record', fields: [{ message: { type: 'string', default: 'hello' } }] },
  })
})

test('hello-go-shape: each instance has an object of its own', async () => {
  const polite = await hello.configure({ message: 'good morning' })
  const short = await hello.configure({ message: 'hi' })
  const answers = { 'kong.request.get_header': named({ host: 'shop.example' }) }
  const [first, second] = await Promise.all([polite.run('access', answers), short.run('access', answers)])
  assert.equal(first.calls.at(-1)?.args, ['x-hello-from-ts', 'TypeScript says good morning to shop.example'])
  assert.equal(second.calls.at(-1)?.args, ['x-hello-from-ts', 'TypeScript says hi to shop.example'])
})

test.run()
