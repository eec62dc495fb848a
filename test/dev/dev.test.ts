import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { basename, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PluginConfig } from '../../src/dev/inspector/api.ts'
import type { RecordedRequest, RequestSummary } from '../../src/dev/inspector/record.ts'
import { ask, copyExample, type DevProcess, startDev, stateOf } from './support/dev.ts'

const json = { 'content-type': 'application/json' }
const greeting = 'x-hello-from-ts'

/** The example kong.yml, with its service at the echo. */
const guarded = [
  'examples/hello',
  'examples/key-guard',
  '--kong-yml',
  'examples/kong.yml',
  '--upstream',
  'echo',
]

async function withDev(args: readonly string[], use: (dev: DevProcess) => Promise<void>): Promise<void> {
  const dev = await startDev(args)
  try {
    await use(dev)
  } finally {
    assert.is(await dev.stop(), 0, dev.errors())
  }
  assert.is(dev.errors(), '')
}

async function recorded(dev: DevProcess, path: string): Promise<RecordedRequest> {
  const list = JSON.parse((await ask(`${dev.page}/api/requests`)).text) as RequestSummary[]
  const found = list.find(({ url }) => url === path)
  assert.ok(found, `${path} is among ${list.map(({ url }) => url).join(', ')}`)
  return JSON.parse((await ask(`${dev.page}/api/requests/${found.id}`)).text)
}

test('kong-ts dev: the plugin in front of the echo, over HTTP and HTTPS, and every call on the page', async () => {
  await withDev(['examples/hello', '--config', '{"message":"good day"}'], async (dev) => {
    const { status, headers, text } = await ask(`${dev.gateway}/a?b=1`, { headers: { host: 'shop.example' } })
    assert.is(status, 200)
    assert.is(headers[greeting], 'TypeScript says good day to shop.example')
    assert.is(JSON.parse(text).url, '/a?b=1')
    const { handlers, sent, route } = await recorded(dev, '/a?b=1')
    assert.equal(
      handlers.map(({ plugin, phase, release, end }) => [plugin, phase, release, end]),
      [['hello', 'access', 1, 'returned']],
    )
    assert.equal(
      handlers[0]?.calls.map(({ method, args, result, trip }) => [method, args, result, trip]),
      [
        ['kong.request.get_header', ['host'], 'shop.example', 1],
        ['kong.response.set_header', [greeting, 'TypeScript says good day to shop.example'], undefined, 2],
      ],
    )
    assert.is(sent?.url, '/a?b=1')
    assert.is(route, 'all')
    const secure = spawnSync('curl', ['-sk', '-D-', '-o/dev/null', `${dev.https}/tls`], { encoding: 'utf8' })
    assert.match(secure.stdout, /^x-hello-from-ts: TypeScript says good day to 127\.0\.0\.1:\d+\r$/m)
    assert.match(dev.lines.join('\n'), /^Request +GET \/a\?b=1 200 in [\d.]+ ms$/m)
  })
})

test('kong-ts dev: MsgPack:1 on demand, and a built binary in place of its source', async () => {
  const binary = `dist/${process.platform}-${process.arch}/hello`
  await withDev([binary, '--protocol', 'MsgPack:1'], async (dev) => {
    assert.match(dev.lines[0] ?? '', /^Plugin +hello 0\.2\.0, priority 1, access, MsgPack:1: dist\//)
    assert.is(
      (await ask(`${dev.gateway}/`, { headers: { host: 'x' } })).headers[greeting],
      'TypeScript says hello to x',
    )
  })
})

test('kong-ts dev: the example kong.yml, with a guard in front, a consumer, and a route of its own', async () => {
  await withDev(guarded, async (dev) => {
    const nobody = await ask(`${dev.gateway}/orders`)
    assert.equal([nobody.status, nobody.headers[greeting]], [401, undefined])
    assert.equal(JSON.parse(nobody.text), { message: 'No API key found in request' })
    const headers = { 'x-api-key': 'alice-has-this-key', host: 'shop.example' }
    const alice = await ask(`${dev.gateway}/orders/1`, { headers })
    assert.equal([alice.status, alice.headers[greeting]], [200, 'TypeScript says welcome to shop.example'])
    const echoed = JSON.parse(alice.text).headers
    assert.is(echoed['x-api-key'], undefined)
    const { handlers, consumer, service } = await recorded(dev, '/orders/1')
    assert.equal(
      handlers.map(({ plugin }) => plugin),
      ['key-guard', 'hello'],
    )
    assert.equal([consumer, service], ['alice', 'shop'])
    const elsewhere = await ask(`${dev.gateway}/elsewhere`)
    assert.is(elsewhere.status, 404)
    assert.match(elsewhere.text, /no Route matched with those values/)
  })
})

test('kong-ts dev: what does not compile is shown with its line, and the code from before stays', async () => {
  const { file, remove } = copyExample('hello')
  const source = readFileSync(file, 'utf8')
  try {
    await withDev([file], async (dev) => {
      writeFileSync(file, source.replace('async access', 'async acc ess'))
      await dev.line(/hello\.ts:7:\d+: Expected/)
      assert.match(dev.lines.join('\n'), /^Problem +\S+hello\.ts is not what runs:$/m)
      assert.match(String((await ask(`${dev.gateway}/`)).headers[greeting]), /^TypeScript says hello/)
      const [problem] = (await stateOf(dev.page)).problems
      assert.equal([problem?.source, /hello\.ts:7:/.test(problem?.text ?? '')], [file, true])
      writeFileSync(file, source.replace('TypeScript says', 'It says'))
      await dev.line(/^Mended/)
      await dev.line(/^Reloaded/)
      assert.match(String((await ask(`${dev.gateway}/`)).headers[greeting]), /^It says hello/)
    })
  } finally {
    remove()
  }
})

test('kong-ts dev: a handler that throws gives 500, and the page has the lines around the fault', async () => {
  const { file, remove } = copyExample('hello')
  const source = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    source.replace("'nobody'", "'nobody'\n    if (host === 'bad') throw new Error('no such shop')"),
  )
  try {
    await withDev([file], async (dev) => {
      const { status } = await ask(`${dev.gateway}/throws`, { headers: { host: 'bad' } })
      assert.is(status, 500)
      const { failures } = await recorded(dev, '/throws')
      assert.is(failures.length, 1)
      assert.match(failures[0]?.message ?? '', /no such shop/)
      const [frame] = failures[0]?.frames ?? []
      assert.equal([basename(frame?.file ?? ''), frame?.line], ['hello.ts', 9])
      assert.is(
        frame?.excerpt?.find(({ line }) => line === 9)?.text,
        "    if (host === 'bad') throw new Error('no such shop')",
      )
    })
  } finally {
    remove()
  }
})

test('kong-ts dev: a configuration edited on the page is checked by the schema, and used by the next request', async () => {
  await withDev(['examples/hello'], async (dev) => {
    const origin = { ...json, origin: dev.page }
    const [plugin] = JSON.parse((await ask(`${dev.page}/api/plugins`)).text) as [PluginConfig]
    assert.equal([plugin.scope, plugin.given, plugin.effective], ['all requests', {}, { message: 'hello' }])
    const put = (config: object) =>
      ask(
        `${dev.page}/api/plugins/${plugin.id}/config`,
        { method: 'PUT', headers: origin },
        JSON.stringify(config),
      )
    const refused = await put({ message: 5 })
    assert.is(refused.status, 400)
    assert.equal(JSON.parse(refused.text).fields, { config: { message: 'expected a string' } })
    assert.match(String((await ask(`${dev.gateway}/`)).headers[greeting]), /^TypeScript says hello to/)
    assert.is((await put({ message: 'edited' })).status, 200)
    assert.match(String((await ask(`${dev.gateway}/`)).headers[greeting]), /^TypeScript says edited to/)
  })
})

test('kong-ts dev: a kong.yml that is saved anew is used; one that Kong would refuse is a problem', async () => {
  const { file, folder, remove } = copyExample('hello')
  const kongYml = join(folder, 'kong.yml')
  const text = (message: string) =>
    `_format_version: "3.0"\nservices:\n- url: http://127.0.0.1:1\n  routes:\n  - paths: [/]\nplugins:\n- name: hello\n  config: { message: ${message} }\n`
  writeFileSync(kongYml, text('first'))
  try {
    await withDev([file, '--kong-yml', kongYml, '--upstream', 'echo'], async (dev) => {
      const greet = async () => String((await ask(`${dev.gateway}/`)).headers[greeting])
      assert.match(await greet(), /says first to/)
      writeFileSync(kongYml, text('[5]'))
      await dev.line(
        /^ +\S+kong\.yml:7:3: Cannot run hello with its configuration: .*config\.message: expected a string/,
      )
      assert.match(await greet(), /says first to/)
      writeFileSync(kongYml, `${text('x')}nonsense: 1\n`)
      await dev.line(/kong\.yml:9:1: .*nonsense/)
      writeFileSync(kongYml, text('second'))
      await dev.line(/^Mended/)
      assert.match(await greet(), /says second to/)
      const note = /^Note +"cors" is one of Kong's own plugins|cors/
      writeFileSync(kongYml, `${text('third')}- name: cors\n`)
      await dev.line(note)
      assert.match(await greet(), /says third to/)
    })
  } finally {
    remove()
  }
})

test('kong-ts dev: a TCP connection goes through preread to the upstream', async () => {
  await withDev(['examples/tcp-preread', '--config', '{"allow":["127.0.0.1"]}'], async (dev) => {
    const [host, port] = (dev.stream ?? '').split(':')
    const echoed = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), host, () => socket.write('ping'))
      socket.on('error', reject)
      socket.once('data', (bytes) => {
        socket.destroy()
        resolve(String(bytes))
      })
    })
    assert.is(echoed, 'ping')
    await dev.line(/tcp-preread: 127\.0\.0\.1 sent 4 and got 4 bytes/)
  })
})

test('kong-ts dev: the protocols of a configuration say whether it is for requests', async () => {
  const { file, folder, remove } = copyExample('hello')
  const kongYml = join(folder, 'kong.yml')
  const text = (protocols: string) =>
    `_format_version: "3.0"\nservices:\n- url: http://127.0.0.1:1\n  routes:\n  - paths: [/]\nplugins:\n- name: hello\n${protocols}`
  writeFileSync(kongYml, text(''))
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('priority: 1,', "priority: 1, protocols: ['http', 'tcp'],"),
  )
  try {
    await withDev([file, '--kong-yml', kongYml, '--upstream', 'echo'], async (dev) => {
      const greeted = async () => (await ask(`${dev.gateway}/`)).headers[greeting] !== undefined
      assert.is(await greeted(), true)
      writeFileSync(kongYml, text('  protocols: [tcp]\n'))
      await dev.line(/^Reloaded +\S+kong\.yml$/)
      assert.is(await greeted(), false)
    })
  } finally {
    remove()
  }
})

test('kong-ts dev: every request can come from a consumer', async () => {
  const { file, folder, remove } = copyExample('hello')
  const kongYml = join(folder, 'kong.yml')
  const source = readFileSync('examples/kong.yml', 'utf8').replace(
    / {2}- name: key-guard[\s\S]*?(?= {2}- name: hello)/,
    '',
  )
  writeFileSync(
    kongYml,
    `${source}  - name: hello\n    consumer: alice\n    config:\n      message: dear alice,\n`,
  )
  try {
    const args = [file, '--kong-yml', kongYml, '--upstream', 'echo']
    await withDev([...args, '--consumer', 'alice'], async (dev) => {
      assert.match(String((await ask(`${dev.gateway}/orders`)).headers[greeting]), /says dear alice, to/)
      assert.is((await recorded(dev, '/orders')).consumer, 'alice')
    })
    const { status, stderr } = refused(...args, '--consumer', 'bob', '--port', '0')
    assert.equal([status, stderr], [1, 'Cannot let requests come from the consumer bob: there are alice\n'])
  } finally {
    remove()
  }
})

test('kong-ts dev: a request has ended when its client was served, whatever log still does', async () => {
  const { file, remove } = copyExample('hello')
  const late = 'async log(kong) { await new Promise((go) => setTimeout(go, 1500)); kong.log.info("late") },'
  writeFileSync(file, readFileSync(file, 'utf8').replace('async access', `${late}\n  async access`))
  try {
    await withDev([file], async (dev) => {
      await ask(`${dev.gateway}/served`)
      await dev.line(/^ +\[info\] hello: late$/)
      const { duration, handlers } = await recorded(dev, '/served')
      const log = handlers.find(({ phase }) => phase === 'log')
      assert.ok((duration ?? 0) <= (log?.at ?? 0), `${duration} ms, log at ${log?.at}`)
      assert.ok((log?.took ?? 0) >= 1500)
    })
  } finally {
    remove()
  }
})

test('kong-ts dev: of several plugins the one that answered is exported as a test, or the one that is asked for', async () => {
  await withDev(guarded, async (dev) => {
    const headers = { 'x-api-key': 'alice-has-this-key' }
    await ask(`${dev.gateway}/orders/1`, { headers })
    await ask(`${dev.gateway}/orders/2`)
    const exported = async (path: string, search = '') =>
      ask(`${dev.page}/api/requests/${(await recorded(dev, path)).id}/test${search}`)
    assert.match((await exported('/orders/1')).text, /^test\('key-guard: /m)
    assert.match((await exported('/orders/1', '?plugin=hello')).text, /^test\('hello: /m)
    assert.match((await exported('/orders/2')).text, /^test\('key-guard: GET \/orders\/2 gives 401'/m)
    assert.is((await exported('/orders/2', '?plugin=hello')).status, 404)
  })
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('kong-ts dev: the end of it is the end of the plugins', async () => {
  const dev = await startDev([
    'examples/hello',
    'examples/disk-log',
    '--config',
    '{"disk-log":{"path":"/dev/null"}}',
  ])
  const children = readFileSync(`/proc/${dev.pid}/task/${dev.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0-socket\0'))
  assert.is(children.length, 2)
  assert.is(await dev.stop('SIGTERM'), 0)
  assert.equal(
    children.filter((pid) => existsSync(`/proc/${pid}`)),
    [],
  )
})

/** Ends by itself, as it cannot start. */
function refused(...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, ['bin/kong-ts.mjs', 'dev', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  })
}

test('kong-ts dev: what it cannot start with is a sentence', async () => {
  const { file, remove } = copyExample('hello')
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  try {
    for (const [args, code, words] of [
      [
        ['examples/hello', '--port', String(port)],
        1,
        `Cannot listen on port ${port} of 127.0.0.1: another program does; choose another with --port, or 0 for a free one`,
      ],
      [
        ['examples/hello', '--port', '80000'],
        2,
        'Cannot listen on port 80000: give a number from 0 to 65535 with --port',
      ],
      [
        ['examples/hello', '--upstream', 'ftp://x'],
        2,
        'Cannot send requests to ftp://x: ftp: is none of http:, https: and tcp:; give a URL as http://127.0.0.1:3000',
      ],
      [
        ['examples/hello', '--config', '{"message":5}', '--port', '0'],
        1,
        'Cannot run hello with its configuration: schema violation (config.message: expected a string); --config gives it another',
      ],
      [
        ['examples/hello', file, '--port', '0'],
        1,
        'Cannot run two plugins that are called hello: leave one out',
      ],
      [
        ['examples/hello', '--kong-yml', 'examples/kong.yml', '--port', '0'],
        1,
        'examples/kong.yml:16:5: Cannot run the plugin key-guard: no file was given for it; those given have hello',
      ],
      [
        ['examples/hello', '--kong-yml', 'none.yml'],
        1,
        "Cannot read none.yml: ENOENT: no such file or directory, open 'none.yml'",
      ],
    ] as const) {
      const { status, stderr } = refused(...args)
      assert.equal([status, stderr.trimEnd()], [code, words])
    }
  } finally {
    taken.close()
    remove()
  }
})

test.run()
