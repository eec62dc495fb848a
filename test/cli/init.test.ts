import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { isOfRegistry } from '../../src/cli/init/kit-source.ts'
import { templateNames } from '../../src/cli/init/templates.ts'
import { writeProject } from '../../src/cli/init/write.ts'
import { temporaryFolder } from '../build/support/temporary.ts'
import { startDev } from '../dev/support/dev.ts'
import { commandsOf } from '../docs/support/markdown.ts'

const platform = `${process.platform}-${process.arch}`
/** A folder into which somebody has installed the packed kit, and nothing else. */
const author = temporaryFolder()
const kongTs = resolve('bin/kong-ts.mjs')
/** Whoever runs this test may hand flags down, to make and to node:test. */
const {
  MAKEFLAGS: _flags,
  MAKELEVEL: _level,
  MFLAGS: _old,
  NODE_TEST_CONTEXT: _context,
  ...own
} = process.env
/** What npm has in its cache need not be asked for again. */
const env = { ...own, npm_config_prefer_offline: 'true' }

/** What the commands of a project's own README must print, behind those that test and build. */
const tried: Readonly<Record<string, readonly RegExp[]>> = {
  hello: [/^x-hello-from-ts: TypeScript says good morning to 127\.0\.0\.1:\d+\r$/m],
  auth: [/^HTTP\/1\.1 401 /, /^HTTP\/1\.1 200 /],
  transform: [/^x-served-by: kong\r$[\s\S]*"body":"\{\\"id\\":1,\\"tenant\\":\\"blue\\"\}"/m],
  'rate-limit': [/^ratelimit-remaining: 2\r$/m],
  log: [
    /^HTTP\/1\.1 200 /,
    /^\{"at":"[^"]+","client":"127\.0\.0\.1","method":"GET","uri":"\/orders","status":200,/,
  ],
  stream: [/^$/],
}

test.before(() => {
  expect(0, 'npm', ['pack', `--pack-destination=${author}`, '--loglevel=error'])
  const [tarball = ''] = readdirSync(author)
  const flags = ['--no-audit', '--no-fund', '--loglevel=error']
  expect(0, 'npm', ['install', ...flags, `./${tarball}`], author)
})

test('init: makes a project of each template, with the same files', () => {
  for (const [index, template] of templateNames.entries()) {
    const name = `my-${template}`
    const [command, ...words] = index === 0 ? ['npx', 'kong-ts'] : ['node_modules/.bin/kong-ts']
    const said = expect(0, command as string, [...words, 'init', name, '--template', template], author)
    assert.match(said, `${name}: the plugin ${name}, from the template ${template}\n`)
    assert.match(said, `\n  cd ${name}\n  make test\n  make\n`)
    const files = readdirSync(join(author, name), { recursive: true }).map(String).sort()
    const kit = readdirSync(join(author, name, 'vendor'))
    const expected = `.dockerignore .github .github/workflows .github/workflows/ci.yml .gitignore Dockerfile Makefile
      README.md config.json kong.yml ${name}.test.ts ${name}.ts package.json tsconfig.json vendor vendor/${kit}`
    assert.equal(files, expected.split(/\s+/).sort())
    for (const file of files.filter((path) => /\.\w+$|file$/.test(path) && !/\.tgz$|^\.github/.test(path)))
      assert.not.match(readFileSync(join(author, name, file), 'utf8'), '{{', file)
  }
})

for (const [index, template] of templateNames.entries()) {
  const name = `my-${template}`
  const folder = join(author, name)

  test(`init: the two commands of a project from ${template} pass, and smoke does`, () => {
    const [first] = templateNames
    // What the first one installs is what the others would.
    if (index > 0) symlinkSync(join(author, `my-${first}`, 'node_modules'), join(folder, 'node_modules'))
    const [runTests = '', build = ''] = commandsOf(readFileSync(join(folder, 'README.md'), 'utf8'))
    assert.equal([runTests, build], ['make test', 'make'])
    const tested = expect(0, 'sh', ['-c', runTests], folder)
    assert.match(tested, /^(# |ℹ )fail 0$/m)
    assert.not.match(tested, /^(# |ℹ )pass [01]$/m)
    assert.match(expect(0, 'sh', ['-c', build], folder), `dist/${platform}/${name}: `)
    const [plugin] = JSON.parse(expect(0, `dist/${platform}/${name}`, ['-dump'], folder)).Plugins
    assert.is(plugin.Name, name)
    // Whatever has changed since, also in a folder below: what is tried is what is there.
    writeFileSync(join(folder, `dist/${platform}/${name}`), 'another')
    assert.match(expect(0, 'make', ['smoke'], folder), /^\d+ passed, 0 failed$/m)
  })

  test(`init: kong.yml of a project from ${template} gives the gateway of its README`, async () => {
    const [, , ...commands] = commandsOf(readFileSync(join(folder, 'README.md'), 'utf8'))
    assert.is(commands.length, tried[template]?.length)
    const kongYml = readFileSync(join(folder, 'kong.yml'), 'utf8')
    writeFileSync(join(folder, 'kong.yml'), kongYml.replace(': /tmp/', `: ${folder}/`))
    const dev = await startDev([`${name}.ts`, '--kong-yml', 'kong.yml', '--upstream', 'echo'], folder)
    try {
      for (const [number, command] of commands.entries()) {
        const words = command
          .replace('http://127.0.0.1:8000', dev.gateway)
          .replace('telnet://127.0.0.1:9000', `telnet://${dev.stream}`)
          .replace(' /tmp/', ` ${folder}/`)
        // A line of the log comes when the client has its answer already.
        const wanted = tried[template]?.[number] as RegExp
        let said = ''
        await until(() => {
          said = spawnSync('sh', ['-c', words], { cwd: folder, env, encoding: 'utf8' }).stdout
          return wanted.test(said) || undefined
        }).catch(() => assert.match(said, wanted))
      }
      if (template === 'stream') {
        // The route is for Kong's port; the gateway of this test has another, and picks a save up.
        const [, port = ''] = dev.stream?.split(':') ?? []
        writeFileSync(join(folder, 'kong.yml'), kongYml.replace('port: 9000', `port: ${port}`))
        assert.is(await until(() => echoOf('hello', Number(port))), 'hello')
      }
    } finally {
      assert.is(await dev.stop(), 0, dev.errors())
    }
  })
}

test('init: make check, and make for a platform, as the workflow runs them', () => {
  const folder = join(author, 'my-hello')
  const { jobs } = parse(readFileSync(join(folder, '.github/workflows/ci.yml'), 'utf8'))
  const steps: { run?: string; uses?: string; with?: { path?: string } }[] = jobs.plugin.steps
  const uses = steps.flatMap((step) => step.uses ?? [])
  assert.is(uses.length, 4)
  for (const action of uses) assert.match(action, /^actions\/[\w-]+@[0-9a-f]{40}$/)
  // A file of an artifact is not executable, one in a tar is.
  assert.is(steps.at(-1)?.with?.path, 'dist.tar')
  const commands = steps.flatMap(({ run }) => (run === undefined ? [] : [run]))
  const [install, ...others] = commands
  assert.equal(others, [
    'make test',
    'make PLATFORM=all',
    'make smoke PLATFORM=linux-x64',
    'make check PLATFORM=linux-x64',
    'make check PLATFORM=linux-arm64',
    'tar --create --file dist.tar dist',
  ])
  assert.is(install, 'npm ci --no-audit --no-fund')
  assert.match(expect(0, 'make', ['PLATFORM=linux-x64'], folder), 'dist/linux-x64/my-hello: ')
  const checked = expect(0, 'make', ['check', 'PLATFORM=linux-arm64'], folder)
  assert.match(checked, /^No incompatibilities found!$/m)
})

test('init: what the Dockerfile runs makes the binary that it copies', () => {
  const folder = join(author, 'my-hello')
  const copy = join(author, 'context')
  const left = readFileSync(join(folder, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
  cpSync(folder, copy, {
    recursive: true,
    filter: (path) => !left.some((name) => `${path}/` === join(folder, name)),
  })
  assert.ok(!existsSync(join(copy, 'node_modules')))
  const lines = readFileSync(join(copy, 'Dockerfile'), 'utf8').split('\n')
  for (const line of lines.filter((one) => one.startsWith('RUN ')))
    expect(0, 'sh', ['-c', `TARGETARCH=amd64; ${line.slice('RUN '.length)}`], copy)
  assert.ok(existsSync(join(copy, 'build/linux-x64/my-hello')))
  assert.ok(lines.includes('COPY --from=build --chmod=755 /plugin/build/*/my-hello /usr/local/bin/my-hello'))
})

test('init: overwrites nothing, and names each file that is in the way', () => {
  const folder = join(author, 'taken')
  mkdirSync(folder)
  writeFileSync(join(folder, 'Makefile'), 'mine')
  writeFileSync(join(folder, '.github'), 'mine')
  symlinkSync('nowhere', join(folder, 'kong.yml'))
  writeFileSync(join(folder, 'LICENSE'), 'mine')
  const said = expect(2, process.execPath, [kongTs, 'init', 'taken'], author)
  for (const file of ['Makefile', '.github', 'kong.yml']) assert.match(said, `taken/${file}`)
  assert.match(said, 'overwrites nothing')
  assert.not.match(said, 'LICENSE')
  assert.equal(readdirSync(folder).sort(), ['.github', 'LICENSE', 'Makefile', 'kong.yml'])
  assert.is(readFileSync(join(folder, 'Makefile'), 'utf8'), 'mine')
  const file = expect(2, process.execPath, [kongTs, 'init', 'taken/LICENSE', '--name', 'mine'], author)
  assert.match(file, 'taken/LICENSE is there already')
})

test('init: goes into a folder that holds other files, under a name of its own', () => {
  const folder = join(author, 'Beside Others')
  mkdirSync(folder)
  writeFileSync(join(folder, 'LICENSE'), 'mine')
  const refused = expect(2, process.execPath, [kongTs, 'init', '.'], folder)
  assert.match(refused, /^Cannot call a plugin "Beside Others": .* or take --name beside-others\n/)
  const said = expect(0, process.execPath, [kongTs, 'init', '.', '--name', 'beside'], folder)
  assert.match(said, 'the plugin beside, from the template hello')
  assert.not.match(said, 'cd ')
  assert.ok(existsSync(join(folder, 'beside.ts')))
  assert.is(readFileSync(join(folder, 'LICENSE'), 'utf8'), 'mine')
})

test('init: only a kit that came from a registry is asked for by its version', () => {
  for (const [address, expected] of [
    ['https://registry.example/kong-ts-pdk/-/kong-ts-pdk-0.1.0.tgz', true],
    ['http://localhost:4873/npm/kong-ts-pdk/-/kong-ts-pdk-0.1.0.tgz', true],
    ['https://downloads.example/kong-ts-pdk-0.1.0.tgz', false],
    ['git+ssh://git@example/kong-ts-pdk.git#0123', false],
    ['file:../kong-ts-pdk-0.1.0.tgz', false],
    ['', false],
  ] as const)
    assert.is(isOfRegistry(address), expected, address)
})

test('init: an empty word is no folder, and a folder with a blank is in quotes', () => {
  assert.match(
    expect(2, process.execPath, [kongTs, 'init', ''], author),
    'Cannot begin a plugin in a folder without a name',
  )
  assert.ok(!existsSync(join(author, 'Makefile')))
  const said = expect(0, process.execPath, [kongTs, 'init', "a folder's/place", '--name', 'ok'], author)
  assert.match(said, "\n  cd 'a folder'\\''s/place'\n")
})

test('init: a disk that fails leaves nothing of a project, and all that was there', () => {
  const folder = join(author, 'half')
  mkdirSync(folder)
  writeFileSync(join(folder, 'LICENSE'), 'mine')
  const files = new Map([
    ['a/b/one.ts', '1'],
    ['two.ts', '2'],
    [`${'x'.repeat(300)}.ts`, 'no file system takes such a name'],
  ])
  assert.throws(() => writeProject(folder, files), /ENAMETOOLONG/)
  assert.equal(readdirSync(folder), ['LICENSE'])
  assert.throws(() => writeProject(join(folder, 'deep/er'), files), /ENAMETOOLONG/)
  assert.equal(readdirSync(folder), ['LICENSE'])
  assert.throws(
    () =>
      writeProject(
        folder,
        new Map([
          ['two.ts', '2'],
          ['LICENSE', 'yours'],
        ]),
      ),
    /EEXIST/,
  )
  assert.equal(readdirSync(folder), ['LICENSE'])
  assert.is(readFileSync(join(folder, 'LICENSE'), 'utf8'), 'mine')
})

test('init: refuses names that Kong would not find, and says why', () => {
  for (const [name, sentence] of [
    ['key-auth', 'Kong has a plugin of that name'],
    ['kong', "/usr/local/bin/kong is Kong's own command"],
    ['My.Plugin', 'only a-z, 0-9, "_" and "-" will do'],
    ['_x', 'or take --name x\n'],
    ['resty', "/usr/local/bin/resty is Kong's own command"],
    ['openid-connect', 'Kong Enterprise has a plugin of that name'],
    ['123', 'YAML, as of kong.yml, reads it as something else than a name; .* --name my-123\n'],
    ['off', 'reads it as something else than a name'],
    ['2026-01-02', 'reads it as something else than a name'],
    ['plugin', 'a file plugin.ts is called as its folder'],
    ['x'.repeat(51), 'and 50 of them at most; .* --name x{50}\n'],
  ] as const) {
    assert.match(expect(2, process.execPath, [kongTs, 'init', name], author), new RegExp(sentence))
    assert.ok(!existsSync(join(author, name)))
  }
})

test('init: asks nothing where there is no terminal, and says what it needs', () => {
  assert.match(
    expect(2, process.execPath, [kongTs, 'init'], author),
    'Cannot begin a plugin without a name: say kong-ts init my-plugin, with --template hello|auth|',
  )
  assert.match(
    expect(2, process.execPath, [kongTs, 'init', 'x', '--template', 'other'], author),
    'Allowed choices are',
  )
})

const onTerminal = spawnSync('script', ['--version']).status === 0 ? test : test.skip

onTerminal(
  'init: asks on a terminal for the name and the template, again where an answer will not do',
  async () => {
    const name = 'Name of the plugin (my-plugin): '
    const template = 'Template, by its number or name (hello): '
    const { code, said } = await converse([
      [name, 'key-auth\r'],
      [name, 'asked\r'],
      [template, '9\r'],
      [template, '4\r'],
    ])
    assert.is(code, 0, said)
    assert.match(said, 'Kong has a plugin of that name')
    assert.match(said, 'There is no template "9"')
    assert.match(said, 'asked: the plugin asked, from the template rate-limit')
    assert.ok(existsSync(join(author, 'asked/asked.ts')))
  },
)

onTerminal('init: takes answers that are typed before it asks', async () => {
  const { code, said } = await converse([['Name of the plugin', 'ahead\rlog\r']])
  assert.is(code, 0, said)
  assert.match(said, 'ahead: the plugin ahead, from the template log')
})

for (const [key, character] of [
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
] as const)
  onTerminal(`init: writes nothing after ${key}`, async () => {
    const { code, said } = await converse([
      ['Name of the plugin', 'unasked\r'],
      ['Template, by', character],
    ])
    assert.is(code, 1, said)
    assert.match(said, 'Nothing was written.')
    assert.ok(!existsSync(join(author, 'unasked')))
  })

test.run()

/** What a command says, if it ends as it should. */
function expect(code: number, command: string, args: readonly string[], cwd = resolve('.')): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  assert.is(status, code, `${command} ${args.join(' ')}: ${error?.message ?? ''}\n${stdout}${stderr}`)
  return code === 0 ? stdout : stderr
}

/** Talks with `kong-ts init` on a terminal: each answer is typed when its question is shown. */
async function converse(
  turns: readonly (readonly [question: string, answer: string])[],
): Promise<{ code: number; said: string }> {
  const command = `${process.execPath} ${kongTs} init`
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: author, env, timeout: 60_000 })
  const left = [...turns]
  let said = ''
  let from = 0
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
    const [question, answer] = left[0] ?? []
    if (question === undefined || !said.slice(from).includes(question)) return
    left.shift()
    from = said.length
    child.stdin.write(answer)
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await setTimeout(100)
  }
  throw new Error('it did not come to pass within 100 tries')
}

/** What comes back for a text, or undefined where the connection is closed instead. */
async function echoOf(text: string, port: number): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    socket.write(text)
    const [bytes] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])])
    return bytes?.toString()
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
