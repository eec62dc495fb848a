import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Runnable, run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import goHello from './go-hello.ts'
import goLog from './go-log.ts'
import jsGoodbye from './js-goodbye.ts'
import jsGraphql from './js-graphql.ts'
import jsHello from './js-hello.ts'
import jsStatus from './js-status.ts'
import jsTransform from './js-transform.ts'
import pyHello from './py-hello.ts'
import pyImage from './py-image.ts'

const folder = mkdtempSync(join(tmpdir(), 'moved-'))
test.after(() => rmSync(folder, { recursive: true }))

const require = createRequire(import.meta.url)
const request = { headers: { host: 'example.com' } }

/** The plugin in its old shape, unchanged, and in ours: both do the same. */
const both = (name: string, ours: Runnable): [string, Runnable][] => [
  [`${name}, a module of kong-pdk`, require(`./${name}.cjs`) as Runnable],
  [name, ours],
]

test('go-hello: greets the host, with the words of the configuration or its own', async () => {
  const header = async (config: { message?: string }) =>
    (await run(goHello, { config, request })).response.headers['x-hello-from-go']
  assert.is(await header({ message: 'Hi' }), 'Go says Hi to example.com')
  assert.is(await header({}), 'Go says hello to example.com')
})

for (const reopen of [false, true])
  test(`go-log: writes one line for each request${reopen ? ', to a new file where the old one was moved' : ''}`, async () => {
    const path = join(folder, `go-log-${reopen}`)
    const server = await start(goLog)
    const ask = (from: string, to: string) =>
      Promise.all(
        Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) }, (_, index) =>
          server.run({
            config: { path, reopen },
            request: { path: `/${String.fromCharCode(from.charCodeAt(0) + index)}` },
          }),
        ),
      )
    await ask('a', 'e')
    if (reopen) {
      while (linesOf(path).length < 4) await new Promise(setImmediate)
      renameSync(path, `${path}.old`)
    }
    await ask('e', 'i')
    await server.close()
    const uris = linesOf(path).map((line) => JSON.parse(line).request.uri)
    assert.equal(
      uris.sort(),
      reopen ? ['/e', '/f', '/g', '/h'] : ['/a', '/b', '/c', '/d', '/e', '/f', '/g', '/h'],
    )
  })

for (const [name, plugin] of both('js-hello', jsHello)) {
  test(`${name}: greets the host and names its process`, async () => {
    const { response } = await run(plugin, { config: { message: 'test' }, request })
    assert.is(response.headers['x-hello-from-javascript'], 'Javascript says test to example.com')
    assert.is(response.headers['x-javascript-pid'], String(process.pid))
  })

  test(`${name}: a request without a host is logged, and goes on`, async () => {
    const { response, logs, upstream } = await run(plugin, { request: { headers: { host: [] } } })
    assert.is(response.headers['x-hello-from-javascript'], undefined)
    assert.equal(
      logs.map(({ level, text }) => [level, text]),
      [['err', 'the request has no host']],
    )
    assert.ok(upstream)
  })
}

for (const [name, plugin] of both('js-goodbye', jsGoodbye))
  test(`${name}: takes leave in a header`, async () => {
    const { response } = await run(plugin, {})
    assert.is(response.headers['x-goodbye-from-javascript'], 'Javascript says goodbye')
    assert.is(response.headers['x-javascript-pid'], String(process.pid))
  })

for (const [name, plugin] of both('js-status', jsStatus)) {
  test(`${name}: welcomes whom the header names`, async () => {
    const { response } = await run(plugin, {
      config: { message: 'test' },
      request: { headers: { userId: 'test-id' } },
    })
    assert.is(response.status, 200)
    assert.is(response.headers['x-welcome'], 'Javascript says test to test-id')
  })

  test(`${name}: without the header the client gets 403, and the service nothing`, async () => {
    const { response, upstream } = await run(plugin, {})
    assert.equal([response.status, response.source, upstream], [403, 'exit', undefined])
  })
}

for (const [name, plugin] of both('js-transform', jsTransform)) {
  test(`${name}: the service gets capitals and a query, the client its answer in a frame`, async () => {
    const { response, upstream } = await run(plugin, {
      request: { method: 'POST', body: 'all lower case' },
      upstream: { status: 201, body: 'OK' },
    })
    assert.equal([upstream?.text, upstream?.query], ['ALL LOWER CASE', 'js-transform=v0.1.0'])
    assert.equal([response.status, response.text], [201, 'Response body from upstream:\nOK\nBody size: 2\n'])
  })

  test(`${name}: an answer of Kong's own stays as it is`, async () => {
    const { response } = await run(plugin, { service: null })
    assert.is(response.status, 503)
    assert.not.match(response.text, 'Body size')
  })
}

/** Each of the two in memory, and as the binary that it becomes. */
const graphqlForms = both('js-graphql', jsGraphql).flatMap(([name, plugin], index): [string, Runnable][] => [
  [name, plugin],
  [`${name}, as a binary`, build(index === 0 ? 'js-graphql.cjs' : 'js-graphql.ts')],
])

for (const [name, plugin] of graphqlForms)
  test(`${name}: answers a query of GraphQL, and what is wrong with one, in the service's stead`, async () => {
    for (const [body, answer] of [
      ['{ hello }', { data: { hello: 'Hello world!' } }],
      ['query Named { again: hello }', { data: { again: 'Hello world!' } }],
      [
        '{ helo }',
        {
          errors: [
            {
              message: 'Cannot query field "helo" on type "Query". Did you mean "hello"?',
              locations: [{ line: 1, column: 3 }],
            },
          ],
        },
      ],
      ['', { errors: [{ message: 'Syntax Error: Unexpected <EOF>.', locations: [{ line: 1, column: 1 }] }] }],
    ] as const) {
      const { response, upstream } = await run(plugin, { request: { method: 'POST', body } })
      assert.equal([response.status, response.source, upstream], [200, 'exit', undefined])
      assert.match(response.headers['content-type'] as string, 'application/json')
      assert.equal(JSON.parse(response.text), answer)
    }
  })

test('py-hello: greets the host and names its process', async () => {
  const { response } = await run(pyHello, { config: { message: 'hi' }, request })
  assert.is(response.headers['x-hello-from-python'], 'Python says hi to example.com')
  assert.is(response.headers['x-python-pid'], String(process.pid))
})

test('py-image: answers with a picture of the headers, which can break out of it nowhere', async () => {
  const { response, upstream } = await run(pyImage, {
    request: { headers: { host: 'example.com', 'x-a': '<&>' } },
  })
  assert.is(upstream, undefined)
  assert.is(response.headers['content-type'], 'image/svg+xml')
  assert.match(response.text, '>host: example.com</text>')
  assert.match(response.text, '>x-a: &lt;&amp;&gt;</text>')
})

test.run()

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
}

/** Builds one of the files here, with the npm packages that it requires, and says where its binary is. */
function build(file: string): string {
  const out = join(folder, file)
  const source = join('examples/moved', file)
  execFileSync(process.execPath, ['bin/kong-ts.mjs', 'build', source, '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return join(out, `${process.platform}-${process.arch}`, 'js-graphql')
}
