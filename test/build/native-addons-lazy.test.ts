import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { linuxAddon } from './support/addon.ts'
import { bundle, refusal } from './support/addon-bundle.ts'

const x64 = linuxAddon('x64')

/** A package that loads its addon only when it is used. */
const lazy = (load: string) => ({
  'plugin.ts': "import load from 'nat'\nexport default { version: String(load) }",
  'node_modules/nat/package.json': { name: 'nat', version: '1.0.0' },
  'node_modules/nat/index.js': `const path = require('path')
    const { fileURLToPath } = require('url')
    module.exports = (name, folder) => {
      ${load}
    }`,
  'node_modules/nat/build/Release/nat.node': x64,
})

for (const load of [
  "require(require('path').join(__dirname, 'build', 'Release', 'nat.node'))",
  "require(path.resolve(__dirname, './build/Release/nat'))",
  "require(__dirname + '/build/' + 'Release/nat.node')",
  `require(\`\${` + '__dirname}/build/Release/nat.node`)',
  "require('./build/Release/nat')",
  "require(fileURLToPath(new URL('./build/Release/nat.node', import.meta.url)))",
  `require(\`./build/Release/\${process.argv[9] ?? 'nat'}.node\`)`,
  "require('./build/Release/' + (process.argv[9] ?? 'nat') + '.node')",
]) {
  test(`nativeAddons embeds what ${load} loads while the plugin runs`, async () => {
    const { addons, warnings } = await bundle(lazy(`return ${load}`))
    assert.equal(
      addons.map(({ file }) => file),
      ['nat/build/Release/nat.node'],
    )
    assert.equal(warnings, [])
  })
}

test('nativeAddons embeds of the addons whose name is put together those for the target', async () => {
  const project = lazy(`return require(\`./build/Release/\${name}.node\`)`)
  const { addons, warnings } = await bundle({
    ...project,
    'node_modules/nat/build/Release/other.node': linuxAddon('arm64'),
  })
  assert.equal(
    addons.map(({ file }) => file),
    ['nat/build/Release/nat.node'],
  )
  assert.equal(warnings, [])
  assert.match(
    await refusal(project, 'linux-arm64'),
    'nat has no native addon for linux-arm64: nat/build/Release/nat.node is for linux-x64. ',
  )
})

test('nativeAddons warns of addons whose name is put together in a try, where none is for the target', async () => {
  const { warnings } = await bundle(
    lazy("try { return require('./build/Release/' + name + '.node') } catch {}"),
    'linux-arm64',
  )
  assert.is(warnings.length, 1)
  assert.match(warnings[0]!, 'It runs without, as it catches that.')
})

for (const [load, what] of [
  ["const p = './build/Release/nat'; return require(p)", 'names ./build/Release/nat,'],
  ["return require(path.join(folder, 'nat.node'))", 'names nat.node,'],
  [`return require(path.join(folder, \`\${name}.node\`))`, `names \${name}.node,`],
  ["return require(folder + '/' + name + '.node')", 'names .node,'],
  ['return process.dlopen(module, folder)', 'calls process.dlopen,'],
] as const) {
  test(`nativeAddons warns, with its place, that it cannot follow ${load}`, async () => {
    const { addons, warnings } = await bundle(lazy(load))
    assert.equal(addons, [])
    assert.is(warnings.length, 1)
    assert.match(warnings[0]!, /nat\/index\.js:4:\d+: nat\/index\.js /)
    assert.match(warnings[0]!, what)
    assert.match(warnings[0]!, 'the binary has none for it')
  })
}

test('nativeAddons warns of a package for the target whose name is only put together', async () => {
  const { warnings } = await bundle({
    'plugin.ts': "import load from 'fast'\nexport default { version: String(load) }",
    'node_modules/fast/package.json': {
      name: 'fast',
      optionalDependencies: { '@fast/linux-x64-gnu': '2.1.0', '@fast/darwin-arm64': '2.1.0' },
    },
    'node_modules/fast/index.js': `module.exports = (p, a) => { for (const path of [\`@fast/\${p}-\${a}-gnu/fast.node\`]) return require(path) }`,
  })
  assert.is(warnings.length, 1)
  assert.match(warnings[0]!, `fast/index.js names @fast/\${p}-\${a}-gnu/fast.node,`)
})

test('nativeAddons warns of no mention in a comment, of a file that is not there, or beside an addon that is found', async () => {
  const { warnings } = await bundle(
    lazy(`// process.dlopen(module, 'nat.node')
      const endings = ['.js', 'absent.node']
      if (require('fs').existsSync(path.join(folder, 'nat.node'))) return require('./build/Release/nat.node')`),
  )
  assert.equal(warnings, [])
})

test.run()
