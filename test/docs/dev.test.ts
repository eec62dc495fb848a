import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startDev } from '../dev/support/dev.ts'
import { blocksOf, commandsOf } from './support/markdown.ts'

const page = readFileSync('docs/dev.md', 'utf8')
const prefix = 'npx kong-ts dev '

/** Each gateway of the page, with what the requests behind it must print. */
const gateways: readonly (readonly [command: string, requests: Readonly<Record<string, RegExp>>])[] = [
  [
    'npx kong-ts dev examples/hello',
    {
      "curl --include --header 'Host: shop.example' http://127.0.0.1:8000/orders":
        /^HTTP\/1\.1 200 OK[\s\S]*^x-hello-from-ts: TypeScript says hello to shop\.example\r$/m,
    },
  ],
  [
    'npx kong-ts dev examples/hello examples/key-guard --kong-yml examples/kong.yml --upstream echo',
    {
      'curl --include http://127.0.0.1:8000/orders': /^HTTP\/1\.1 401 Unauthorized/,
      "curl --include --header 'X-API-Key: alice-has-this-key' http://127.0.0.1:8000/orders":
        /^x-hello-from-ts: TypeScript says welcome to 127\.0\.0\.1:\d+\r$/m,
    },
  ],
  ['npx kong-ts dev examples/hello --inspect', {}],
]

test('dev.md: every command has a test here', () => {
  assert.equal(
    commandsOf(page),
    gateways.flatMap(([command, requests]) => [command, ...Object.keys(requests)]),
  )
})

for (const [command, requests] of gateways)
  test(`dev.md: ${command}`, async () => {
    // A port that is free, in place of Kong's and Node's own.
    const words = command.replace(/--inspect$/, '--inspect 0')
    const dev = await startDev(words.slice(prefix.length).split(' '))
    try {
      for (const [request, expected] of Object.entries(requests)) {
        const { status, stdout } = spawnSync(
          'sh',
          ['-c', request.replace('http://127.0.0.1:8000', dev.gateway)],
          {
            encoding: 'utf8',
          },
        )
        assert.is(status, 0)
        assert.match(stdout, expected)
      }
    } finally {
      assert.is(await dev.stop(), 0, dev.errors())
    }
  })

test('dev.md: what it prints at its start is what is shown', async () => {
  const [shown = ''] = blocksOf(page, 'text')
  const dev = await startDev(['examples/hello'])
  await dev.stop()
  const plain = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
  assert.is(plain(`${dev.lines.slice(0, 4).join('\n')}\n`), plain(shown))
})

test('dev.md: the options of --help are in its table', () => {
  const { stdout } = spawnSync(process.execPath, ['bin/kong-ts.mjs', 'dev', '--help'], { encoding: 'utf8' })
  const options = [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name ?? '')
  assert.ok(options.length >= 10)
  for (const option of options) if (option !== '--help') assert.ok(page.includes(`\`${option}`), option)
})

test('dev.md: every link leads somewhere', () => {
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path ?? '')
  assert.equal(
    links.filter((path) => !existsSync(`docs/${path}`)),
    [],
  )
})

test.run()
