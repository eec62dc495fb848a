import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundlePlugins } from '../../build/bundle.ts'
import { BuildError } from '../../build/errors.ts'
import { fixtureKit, small } from './support/small-binary.ts'
import { temporaryFolder } from './support/temporary.ts'

const folder = temporaryFolder()
let count = 0

test('bundlePlugins runs the kit before the plugin, and the plugin before its start', async () => {
  const { code } = await bundle(small)
  assert.equal(dump(code), { name: 'small', version: '1.2.3', order: ['kit', 'plugin'] })
})

test('bundlePlugins takes a CommonJS .js file outside the checkout, after the kit too', async () => {
  const file = write(
    'module.js',
    `globalThis.order = [...globalThis.order, 'plugin']
     class Plugin {}
     module.exports = { Plugin, Schema: [], Version: '0.1.0', Priority: 0 }`,
  )
  const { code } = await bundle(file)
  assert.equal(dump(code), { name: 'small', version: '0.1.0', order: ['kit', 'plugin'] })
})

test('bundlePlugins resolves kong-ts-pdk for a plugin outside the checkout', async () => {
  const file = write(
    'outside.ts',
    `import { definePlugin } from 'kong-ts-pdk'
     export default definePlugin({ version: '2.0.0' })`,
  )
  assert.is(dump((await bundle(file)).code).version, '2.0.0')
})

test('bundlePlugins shows file, line and column of what does not compile', async () => {
  const file = write('broken.ts', 'export const a = 1\nexport const b = = 2\n')
  const sentence = await refusal(file)
  assert.match(sentence, /broken\.ts:2:18: Unexpected "="\n.*export const b = = 2/s)
})

test('bundlePlugins shows which import it cannot find', async () => {
  const file = write('lost.ts', "import { x } from './nowhere.ts'\nexport default x\n")
  assert.match(await refusal(file), /lost\.ts:1:19: Could not resolve "\.\/nowhere\.ts"/)
})

test('bundlePlugins says how to install a package that is missing', async () => {
  const file = write(
    'npmless.ts',
    "import a from 'left-pad'\nimport b from '@x/y/z'\nimport c from '@/c'\nexport default [a, b, c]\n",
  )
  const sentence = await refusal(file)
  assert.match(
    sentence,
    'npmless.ts:1:15: There is no package "left-pad": install it beside the plugin: npm install left-pad',
  )
  assert.match(sentence, /npm install @x\/y$/m)
  assert.match(sentence, /npmless\.ts:3:15: Could not resolve "@\/c"/)
  assert.not.match(sentence, 'external')
})

test('bundlePlugins says where to await instead of at the top of a file', async () => {
  const file = write(
    'await.ts',
    "const version = await Promise.resolve('1.0.0')\nexport default { version }\n",
  )
  assert.match(
    await refusal(file),
    /await\.ts:1:17: A binary has no await at the top of a file: do that in init/,
  )
})

test('bundlePlugins names what lies elsewhere by its whole path', async () => {
  const file = write('elsewhere.ts', 'export const b = = 2\n')
  assert.ok((await refusal(file)).startsWith(`${file}:1:18: `))
})

test('bundlePlugins names the sources of the kit by its name for a plugin of the checkout too', async () => {
  const code = join(folder, `${count++}`, 'own.cjs')
  mkdirSync(dirname(code))
  const { map } = await bundlePlugins({
    plugins: [{ file: 'examples/hello/plugin.ts', name: 'own' }],
    platform: 'linux-x64',
    code,
  })
  const { sources }: { sources: string[] } = JSON.parse(readFileSync(map, 'utf8'))
  assert.ok(sources.includes('examples/hello/plugin.ts'), sources.join())
  assert.ok(sources.includes('kong-ts-pdk/src/server/main.ts'))
  assert.equal(
    sources.filter((source) => source.startsWith('src/')),
    [],
  )
})

test('bundlePlugins turns import() into require, as a binary has no loader for modules', async () => {
  const file = write(
    'dynamic.ts',
    `import('node:os').then(({ EOL }) => console.error(typeof EOL))
     export default { version: '1.0.0' }`,
  )
  const { code } = await bundle(file)
  assert.not.match(readFileSync(code, 'utf8'), /\bimport\(/)
  assert.is(dump(code).version, '1.0.0')
})

test('bundlePlugins gives import.meta.url the place of the running file', async () => {
  const file = write('meta.ts', 'export default { version: import.meta.url }')
  const { code } = await bundle(file)
  assert.is(dump(code).version, `file://${code}`)
})

test('bundlePlugins lists the npm packages inside and leaves the native helper of msgpackr out', async () => {
  const root = join(folder, 'project')
  mkdirSync(root)
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  const file = write(
    'project/packed.ts',
    "import { pack } from 'msgpackr'\nexport default { version: pack(1).toString() }",
  )
  for (const platform of ['linux-x64', 'darwin-arm64']) {
    const { code, packages, addons, warnings } = await bundle(file, platform)
    assert.equal(packages, [{ name: 'msgpackr', version: '2.1.3', license: 'MIT' }])
    assert.equal(addons, [])
    assert.equal(warnings, [])
    assert.is(dump(code).version, '\u0001')
  }
})

test('bundlePlugins writes the same wherever project and kit lie, and names no folder of the machine', async () => {
  const kit = (place: string) => {
    const own = join(folder, place, 'kit')
    cpSync('test/build/fixtures/kit', own, { recursive: true })
    return { main: join(own, 'main.ts'), index: join(own, 'index.ts'), loader: join(own, 'index.ts') }
  }
  const at = async (place: string, kitPlace: string) => {
    const project = join(folder, place)
    mkdirSync(join(project, 'node_modules/dep'), { recursive: true })
    writeFileSync(join(project, 'package.json'), '{"name":"mine","version":"1.0.0"}')
    writeFileSync(join(project, 'node_modules/dep/package.json'), '{"name":"dep","version":"2.0.0"}')
    writeFileSync(join(project, 'node_modules/dep/index.js'), 'exports.version = "7.0.0"')
    const file = write(
      join(place, 'é plugin.ts'),
      `// a comment that stays outside
       import { version } from 'dep'
       export default { version, /* so does this */ log: () => Promise.reject(new Error('é')) }`,
    )
    const code = join(folder, `${count++}`, 'small.cjs')
    mkdirSync(dirname(code))
    const bundle = await bundlePlugins({
      plugins: [{ file, name: 'small' }],
      platform: 'linux-x64',
      code,
      kit: kit(kitPlace),
    })
    assert.equal(bundle.packages, [{ name: 'dep', version: '2.0.0' }])
    assert.is(dump(code).version, '7.0.0')
    return [readFileSync(code, 'utf8'), readFileSync(bundle.map, 'utf8')] as const
  }
  const [code, map] = await at('one', 'here')
  for (const place of ['another/and/deeper', 'with blank/é "quoted"']) {
    const other = await at(place, 'here')
    assert.is(other[0], code, place)
    assert.is(other[1], map, place)
  }
  for (const text of [code, map])
    for (const word of [basename(folder), 'another', 'blank']) assert.not.ok(text.includes(word), word)
  assert.not.match(code, /comment|so does this/)
  assert.ok(JSON.parse(map).sources.includes('é plugin.ts'), map.slice(0, 300))
})

test('bundlePlugins puts an imported text into the code', async () => {
  writeFileSync(join(folder, 'version.txt'), '4.5.6')
  const file = write('text.ts', "import version from './version.txt'\nexport default { version }\n")
  assert.is(dump((await bundle(file)).code).version, '4.5.6')
})

test('bundlePlugins lists linked packages, packages without a version, and files that are none', async () => {
  const file = write(
    'linker.ts',
    "import a from 'linked'\nimport b from 'bare'\nimport c from 'single.js'\nexport default { version: a + b + c }",
  )
  const modules = join(folder, 'node_modules')
  mkdirSync(join(folder, 'elsewhere'), { recursive: true })
  mkdirSync(join(modules, 'bare'), { recursive: true })
  writeFileSync(
    join(folder, 'elsewhere/package.json'),
    '{"name":"@own/linked","version":"3.0.0","license":{"type":"MIT"}}',
  )
  for (const name of ['elsewhere/index.js', 'node_modules/bare/index.js', 'node_modules/single.js'])
    writeFileSync(join(folder, name), 'module.exports = "1"')
  symlinkSync(join(folder, 'elsewhere'), join(modules, 'linked'))
  const { packages } = await bundle(file)
  assert.equal(packages, [
    { name: '@own/linked', version: '3.0.0', license: 'MIT' },
    { name: 'bare', version: 'no version' },
    { name: 'single.js', version: 'no version' },
  ])
})

test('bundlePlugins keeps names and licence comments, and names sources without a folder of this machine', async () => {
  const file = write(
    'thrower.ts',
    `/*! Copyright of somebody */
     interface Unused { a: string }

     export function refuseRequest(): string {
       throw new Error('no')
     }
     export default { version: refuseRequest.name }`,
  )
  const { code, map } = await bundle(file)
  const text = readFileSync(code, 'utf8')
  assert.match(text, /Copyright of somebody/)
  assert.is(dump(code).version, 'refuseRequest')
  const parsed: { sources: string[]; sourcesContent?: unknown } = JSON.parse(readFileSync(map, 'utf8'))
  assert.ok(parsed.sources.includes(`${basename(folder)}/thrower.ts`), parsed.sources.join())
  assert.ok(parsed.sources.includes('kong-ts-pdk/test/build/fixtures/kit/main.ts'), parsed.sources.join())
  assert.is(parsed.sourcesContent, undefined)
})

test.run()

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function bundle(file: string, platform = 'linux-x64') {
  const code = join(folder, `${count++}`, 'small.cjs')
  mkdirSync(dirname(code))
  return bundlePlugins({ plugins: [{ file, name: 'small' }], platform, code, kit: fixtureKit })
}

function dump(code: string): { name: string; version: string; order: string[] } {
  const stdout = execFileSync(process.execPath, [code, '-dump'], { encoding: 'utf8', stdio: 'pipe' })
  const { Plugins, order } = JSON.parse(stdout)
  return { name: Plugins[0].Name, version: Plugins[0].Version, order }
}

async function refusal(file: string): Promise<string> {
  const error = await bundle(file).then(
    () => undefined,
    (thrown) => thrown,
  )
  assert.instance(error, BuildError)
  return error.message
}
