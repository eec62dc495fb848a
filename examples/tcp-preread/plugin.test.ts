import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunningPlugin, startExample } from '../support/binary.ts'

let guard: RunningPlugin

test.before(async () => {
  guard = await startExample('tcp-preread')
})
test.after(async () => void (await guard.stop()))

/** `pass`, or the status with which the connection is closed. */
async function verdict(config: object, ip: string): Promise<number | 'pass'> {
  const instance = await guard.configure(config)
  const { exit } = await instance.run('preread', { 'kong.client.get_forwarded_ip': () => ip })
  return exit?.status ?? 'pass'
}

test('tcp-preread: says that it is for streams', () => {
  const { Phases, Schema } = guard.dump.Plugins[0]!
  assert.equal(Phases, ['preread', 'log'])
  const protocols = Schema.fields.find((field) => 'protocols' in field) as { protocols: { elements: object } }
  assert.equal(protocols.protocols.elements, { type: 'string', one_of: ['tcp', 'tls'] })
})

test('tcp-preread: lets pass what is allowed, and nothing else', async () => {
  const config = { allow: ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'] }
  assert.is(await verdict(config, '10.1.2.3'), 'pass')
  assert.is(await verdict(config, '192.0.2.7'), 'pass')
  assert.is(await verdict(config, 'fd00::1'), 'pass')
  assert.is(await verdict(config, '192.0.2.8'), 403)
  assert.is(await verdict(config, '2001:db8::1'), 403)
})

test('tcp-preread: deny wins over allow, and works alone', async () => {
  assert.is(await verdict({ allow: ['10.0.0.0/8'], deny: ['10.6.6.6'] }, '10.6.6.6'), 403)
  assert.is(await verdict({ deny: ['10.6.6.6'] }, '10.6.6.6'), 403)
  assert.is(await verdict({ deny: ['10.6.6.6'] }, '10.6.6.7'), 'pass')
})

test('tcp-preread: an address of IPv4 is the same in the clothes of IPv6, and what is none does not pass', async () => {
  assert.is(await verdict({ deny: ['10.6.6.6'] }, '::ffff:10.6.6.6'), 403)
  assert.is(await verdict({ allow: ['10.0.0.0/8'] }, '::ffff:10.6.6.7'), 'pass')
  for (const address of ['unix:', ''])
    for (const lists of [{ deny: ['10.6.6.6'] }, { allow: ['0.0.0.0/0', '::/0'] }])
      assert.not.equal(await verdict(lists, address), 'pass', address)
})

test('tcp-preread: closes the connection when its lists are not usable', async () => {
  for (const entry of ['10.0.0.0/99', '10.0.0.1/', '10.0.0', 'fd00::/129', '/8'])
    for (const lists of [{ deny: [entry] }, { allow: [entry] }])
      assert.is(await verdict(lists, '10.6.6.7'), 500, entry)
  assert.match(guard.log(), /^error: tcp-preread init /m)
})

test('tcp-preread: logs what went through', async () => {
  const instance = await guard.configure({ deny: ['10.6.6.6'] })
  const record = { client_ip: '10.1.2.3', session: { received: 12, sent: 345, status: 200 } }
  const { calls } = await instance.run('log', { 'kong.log.serialize': () => JSON.stringify(record) })
  assert.equal(calls.at(-1)?.args, ['10.1.2.3', ' sent ', 12, ' and got ', 345, ' bytes'])
})

test.run()
