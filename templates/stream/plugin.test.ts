import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from 'kong-ts-pdk/testing'
import stream from './plugin.ts'

const config = { allow: ['10.0.0.0/8', 'fd00::/8'] }

function from(address: string) {
  return { client: { ip: address, forwardedIp: address } }
}

test('lets a connection from an allowed address through, and logs its bytes', async () => {
  const service = { host: 'db.internal', port: 5432 }
  for (const address of ['10.1.2.3', 'fd00::1']) {
    const { target, logs } = await run(stream, { config, service, ...from(address) })
    assert.deepEqual(target, service)
    assert.match(logs.at(-1)?.text ?? '', / sent \d+ and got \d+ bytes$/)
  }
})

test('closes a connection from any other address, and says so', async () => {
  for (const address of ['192.0.2.8', '2001:db8::1']) {
    const { target, logs } = await run(stream, { config, ...from(address) })
    assert.equal(target, undefined)
    assert.equal(logs[0]?.text, `refused a connection from ${address}`)
  }
})

test('closes every connection where its list is wrong, or Kong fails', async () => {
  for (const entry of ['10.0.0.0/99', '10.9.9.9/']) {
    const { target } = await run(stream, { config: { allow: [entry] }, ...from('10.1.2.3') })
    assert.equal(target, undefined, entry)
  }
  const fault = { raise: 'kong.client.get_forwarded_ip' }
  const { target } = await run(stream, { config, ...from('10.1.2.3'), fault })
  assert.equal(target, undefined)
})
