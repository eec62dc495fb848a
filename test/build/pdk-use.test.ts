import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findPdkUse } from '../../build/pdk-use.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()

async function use(code: string, platform = 'linux-x64'): Promise<string[]> {
  const file = join(folder, 'plugin.ts')
  writeFileSync(file, `import { definePlugin, type Kong } from 'kong-ts-pdk'\n${code}`)
  return findPdkUse(file, platform)
}

const handler = (body: string) =>
  `export default definePlugin({ version: '1.0.0', async access(kong) { ${body} } })`

test('findPdkUse finds functions called by their whole name, through ?. and [] too', async () => {
  assert.equal(
    await use(
      handler(
        "kong.request.getHeader('a'); kong?.service?.request.setHeader('a', 'b'); kong['response'].exit(200)",
      ),
    ),
    ['kong.request.get_header', 'kong.response.exit', 'kong.service.request.set_header'],
  )
})

test('findPdkUse finds functions behind other names', async () => {
  assert.equal(await use(handler("const r = kong.service.response; r.getHeader('x')")), [
    'kong.service.response.get_header',
  ])
  assert.equal(await use(handler("const { getHeader, getQuery: q } = kong.request; getHeader('x'); q()")), [
    'kong.request.get_header',
    'kong.request.get_query',
  ])
  assert.equal(await use(handler('const { client: { getIp } } = kong; getIp()')), ['kong.client.get_ip'])
  assert.equal(
    await use(
      `const f = (q: Kong<'access'>['request']) => q.getUriCaptures()\n${handler('await f(kong.request)')}`,
    ),
    ['kong.request.get_uri_captures'],
  )
})

test("findPdkUse knows Kong's own names, as a module of its JavaScript kit uses them", async () => {
  assert.equal(
    await use(
      "export class Plugin { async access(kong) { await kong.request.get_header('a') } }\nexport const Version = '1.0.0'",
    ),
    ['kong.request.get_header'],
  )
})

test('findPdkUse takes no comment, no text, no unused code, and nothing of another object', async () => {
  assert.equal(
    await use(
      `/* kong.request.getMethod() */ const unused = (kong: Kong<'access'>) => kong.request.getPath()\n${handler(
        "console.log('kong.request.getMethod()'); process.exit; [].length; new Map().get('x')",
      )}`,
    ),
    [],
  )
})

test("findPdkUse takes no method of the author's own classes for Kong's", async () => {
  const own = 'class Mail { setBody() {} getHostname() {} }'
  assert.equal(
    await use(`${own}\n${handler('const mail = new Mail(); mail.setBody(); mail.getHostname()')}`),
    [],
  )
})

test("findPdkUse takes no method of a parameter for Kong's that is given an object where Kong's takes a number or a text", async () => {
  const helper = (call: string) =>
    use(
      `const end = (span: { setStatus(status: unknown): void }) => ${call}\n${handler('end(kong as never)')}`,
    )
  assert.equal(await helper('span.setStatus({ code: 2 })'), [])
  for (const call of ['span.setStatus(404)', 'span.setStatus(Number(1))', 'span?.setStatus(...[404])'])
    assert.equal(await helper(call), ['kong.response.set_status'], call)
  assert.equal(await helper("span.setQuery({ page: '2' })"), ['kong.service.request.set_query'])
})

test('findPdkUse reads decorators, and expressions of any depth', async () => {
  const long = Array.from({ length: 30_000 }, () => 'x').join(' + ')
  assert.equal(
    await use(
      `const seen = (value: unknown, _: unknown) => value
       class Own { @seen run() { return 1 } }
       let x = new Own().run()
       ${handler(`kong.request.getPath(); x = ${long}`)}`,
    ),
    ['kong.request.get_path'],
  )
})

test('findPdkUse takes of a package only what stands behind kong', async () => {
  const helper = join(folder, 'node_modules', 'helper')
  mkdirSync(helper, { recursive: true })
  writeFileSync(join(helper, 'package.json'), '{"name":"helper","version":"1.0.0","main":"index.js"}')
  writeFileSync(
    join(helper, 'index.js'),
    `exports.host = (os, http) => os.getHostname() + http.request.getBody()
     exports.id = (kong) => kong.nginx.getVar('request_id')`,
  )
  assert.equal(await use(`import { host, id } from 'helper'\n${handler('host(1, 2); await id(kong)')}`), [
    'kong.nginx.get_var',
  ])
})

test('findPdkUse reads a plugin with msgpackr for a platform whose helper of msgpackr is not installed', async () => {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(resolve('node_modules/msgpackr'), join(folder, 'node_modules/msgpackr'))
  const code = `import { pack } from 'msgpackr'\n${handler('kong.response.exit(200, pack(1))')}`
  assert.equal(await use(code, 'darwin-arm64'), ['kong.response.exit'])
})

test.run()
