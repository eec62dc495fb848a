import { definePlugin } from 'kong-ts-pdk'
import { run } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf } from '../support/binary.ts'
import guard from './plugin.ts'

const config = { allow: ['10.0.0.0/8', 'fd00::/8'], deny: ['10.6.6.6'] }
const from = (forwardedIp: string) => ({ client: { ip: forwardedIp, forwardedIp } })

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [guard, binaryOf('tcp-preread')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`tcp-preread: the bytes of an allowed client reach the service (${where})`, async () => {
      const { end, target, logs } = await run(plugin, {
        dialect,
        config,
        ...from('10.1.2.3'),
        service: { host: 'db.internal', port: 5432 },
      })
      assert.is(end, 'answered')
      assert.equal(target, { host: 'db.internal', port: 5432 })
      assert.match(logs.at(-1)?.text ?? '', /^10\.1\.2\.3 sent \d+ and got \d+ bytes$/)
    })

    test(`tcp-preread: those of another never do, and its log says so (${where})`, async () => {
      for (const ip of ['10.6.6.6', '192.0.2.8', '2001:db8::1']) {
        const { response, target, logs, events } = await run(plugin, { dialect, config, ...from(ip) })
        assert.is(response.status, 403)
        assert.is(target, undefined)
        assert.equal(logs[0], { level: 'notice', text: `refused a connection from ${ip}`, by: 'plugin' })
        assert.equal(events, [
          { phase: 'preread', end: 'exited' },
          { phase: 'log', end: 'returned' },
        ])
      }
    })

    test(`tcp-preread: fails closed where its lists are not usable, and where Kong raises (${where})`, async () => {
      const unusable = await run(plugin, { dialect, config: { deny: ['10.0.0.0/99'] }, ...from('10.1.2.3') })
      const raised = await run(plugin, {
        dialect,
        config,
        ...from('10.1.2.3'),
        fault: { raise: 'kong.client.get_forwarded_ip' },
      })
      assert.equal([unusable.target, raised.target], [undefined, undefined])
      assert.is(unusable.response.status, 500)
      assert.is(raised.end, 'refused')
    })
  }

test('tcp-preread: plugins behind it never see a connection that it refuses, those before it do', async () => {
  const others = [1000, 980].map((priority) => ({
    plugin: definePlugin({
      version: '1.0.0',
      priority,
      preread: (kong) => kong.log.notice(`${priority} saw it`),
    }),
  }))
  const { logs } = await run(guard, { config, ...from('10.6.6.6'), others, phases: ['preread'] })
  assert.equal(
    logs.map(({ text }) => text),
    ['1000 saw it', 'refused a connection from 10.6.6.6'],
  )
})

test('tcp-preread: without a list it is refused, and so is an empty one', async () => {
  const wrong = [
    [{}, "at least one of these fields must be non-empty: 'allow', 'deny'"],
    [{ allow: [], deny: ['10.6.6.6'] }, 'config.allow: length must be at least 1'],
    [{ allow: ['10.0.0.0/8'], deny: [] }, 'config.deny: length must be at least 1'],
    [{ allow: ['localhost'] }, 'config.allow: '],
  ] as const
  for (const [lists, sentence] of wrong)
    await run(guard, { config: lists as object }).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, sentence),
    )
})

test.run()
