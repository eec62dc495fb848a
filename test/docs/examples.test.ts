import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { binaryOf, buildExample } from '../../examples/support/binary.ts'
import { startGatewayOf } from '../../examples/support/gateway.ts'
import { exchangeOf } from '../../examples/support/readme-exchange.ts'
import { send, startService } from '../../examples/support/service.ts'
import { blocksOf } from './support/markdown.ts'

const folder = mkdtempSync(join(tmpdir(), 'examples-'))
test.after(() => rmSync(folder, { recursive: true }))

const readmeOf = (name: string) => readFileSync(`examples/${name}/README.md`, 'utf8')
const yamlOf = (name: string) => blocksOf(readmeOf(name), 'yaml')[0] ?? ''

/** What the service of a README gets and answers: that of its first block of JSON, where it has one. */
async function exchange(name: string, kongYml = yamlOf(name)) {
  buildExample(name)
  const shown = exchangeOf(name)
  const [json] = blocksOf(readmeOf(name), 'json')
  const service = await startService(() =>
    json === undefined
      ? { headers: { 'content-type': 'text/plain' }, body: shown.answer.body }
      : { headers: { 'content-type': 'application/json' }, body: json },
  )
  const file = join(folder, `${name}.yml`)
  writeFileSync(file, kongYml)
  const gateway = await startGatewayOf([binaryOf(name), '--kong-yml', file, '--upstream', service.url])
  try {
    const [method = '', path = ''] = shown.request.first.split(' ')
    const { headers, body } = shown.request
    const answer = await send(gateway.url, { method, path, headers, ...(body === '' ? {} : { body }) })
    assert.is(`HTTP/1.1 ${answer.status}`, shown.answer.first.split(' ', 2).join(' '))
    for (const [header, value] of Object.entries(shown.answer.headers))
      assert.is(answer.headers[header], value)
    assert.is(answer.body.toString().trimEnd(), shown.answer.body)
    return { shown, service }
  } finally {
    await gateway.stop()
    service.stop()
  }
}

test('examples: each README shows a configuration, a request and its answer, or who may connect', () => {
  for (const name of readdirSync('examples').filter((name) => existsSync(`examples/${name}/README.md`))) {
    assert.is(parse(yamlOf(name)).plugins[0].name, name)
    if (name !== 'tcp-preread') assert.ok(exchangeOf(name).answer.first.startsWith('HTTP/1.1 '), name)
  }
})

for (const name of ['hello', 'hello-go-shape', 'hello-kong-pdk'])
  test(`examples/${name}/README: its request gets its answer`, async () => void (await exchange(name)))

test('examples/key-guard/README: its request gets its answer, and with the key the service what is shown', async () => {
  const { service } = await exchange('key-guard')
  assert.is(service.requests.length, 0)
  const { config, others } = exchangeOf('key-guard')
  const { alice } = config.keys as Record<string, string>
  const { upstream } = await run(binaryOf('key-guard'), {
    config,
    consumers: parse(yamlOf('key-guard')).consumers,
    request: { path: '/orders', headers: { 'x-api-key': alice ?? '', 'x-consumer-username': 'root' } },
  })
  assert.is(`${upstream?.method} /orders HTTP/1.1`, others[0]?.first)
  const told = Object.entries(upstream?.headers ?? {}).filter(([header]) => header.startsWith('x-c'))
  assert.equal(Object.fromEntries(told), others[0]?.headers)
})

test('examples/transform/README: its request gets its answer, and the service the body that is shown', async () => {
  const { shown, service } = await exchange('transform')
  assert.is(service.requests[0]?.body.toString(), shown.others[0]?.body)
})

test('examples/disk-log/README: its request gets its answer, and the file a line', async () => {
  const path = join(folder, 'disk.log')
  await exchange('disk-log', yamlOf('disk-log').replace(/path: \/\S+/, `path: ${path}`))
  const [line = ''] = readFileSync(path, 'utf8').split('\n')
  const [text = ''] = blocksOf(readmeOf('disk-log'), 'text')
  const { request } = JSON.parse(text)
  assert.equal({ ...JSON.parse(line).request, ...request }, JSON.parse(line).request)
})

test('examples/tcp-preread/README: who may connect with its configuration, and who not', async () => {
  const { config } = parse(yamlOf('tcp-preread')).plugins[0]
  for (const [ip, passes] of [
    ['10.1.2.3', true],
    ['10.6.6.6', false],
    ['192.0.2.1', false],
  ] as const) {
    buildExample('tcp-preread')
    const { target } = await run(binaryOf('tcp-preread'), { config, client: { ip, forwardedIp: ip } })
    assert.is(target !== undefined, passes, ip)
  }
})

test.run()
