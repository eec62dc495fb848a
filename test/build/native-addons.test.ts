import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostPlatform } from '../../build/targets.ts'
import { compileAddon, compiles, linuxAddon } from './support/addon.ts'
import { bundle, refusal, versionOf } from './support/addon-bundle.ts'
import { cpus, machOOf } from './support/small-mach-o.ts'
import { peOf } from './support/small-pe.ts'

const x64 = linuxAddon('x64')
const arm64 = linuxAddon('arm64')
const musl = linuxAddon('x64', 'musl')
const mac = machOOf({ cpu: cpus.arm64 })
const windows = peOf({})

/** A package whose versions for each platform are packages of their own, as napi-rs makes them. */
const fast = (installed: Record<string, Buffer>) => ({
  'plugin.ts': "import { answer } from 'fast'\nexport default { version: answer() + '.0.0' }",
  'node_modules/fast/package.json': {
    name: 'fast',
    version: '2.1.0',
    optionalDependencies: Object.fromEntries(
      ['linux-x64-gnu', 'linux-x64-musl', 'linux-arm64-gnu', 'darwin-arm64', 'win32-x64-msvc'].map((name) => [
        `@fast/${name}`,
        '2.1.0',
      ]),
    ),
  },
  'node_modules/fast/index.js': `
    function load() {
      if (process.platform === 'linux' && process.arch === 'x64') {
        try { return require('./fast.linux-x64-gnu.node') } catch {}
        try { return require('@fast/linux-x64-gnu') } catch {}
        try { return require('@fast/linux-x64-musl') } catch {}
      } else if (process.platform === 'linux' && process.arch === 'arm64') {
        try { return require('./fast.linux-arm64-gnu.node') } catch {}
        try { return require('@fast/linux-arm64-gnu') } catch {}
      } else if (process.platform === 'darwin') {
        try { return require('@fast/darwin-arm64') } catch {}
      }
      throw new Error('Cannot find the native binding')
    }
    module.exports = load()`,
  ...Object.fromEntries(
    Object.entries(installed).flatMap(([name, addon]): [string, object][] => [
      [
        `node_modules/@fast/${name}/package.json`,
        { name: `@fast/${name}`, version: '2.1.0', main: 'fast.node' },
      ],
      [`node_modules/@fast/${name}/fast.node`, addon],
    ]),
  ),
})

/** A package with all its builds inside, found by node-gyp-build. */
const crypt = (builds: Record<string, Buffer>) => ({
  'plugin.ts': "import { answer } from 'crypt'\nexport default { version: answer() + '.0.0' }",
  'node_modules/crypt/package.json': { name: 'crypt', version: '6.0.0', main: 'lib/crypt.js' },
  'node_modules/crypt/lib/crypt.js': `const path = require('path')
    module.exports = require('node-gyp-build')(path.join(__dirname, '..'))`,
  ...Object.fromEntries(Object.entries(builds).map(([name, addon]) => [`node_modules/crypt/${name}`, addon])),
})

const builds = {
  'prebuilds/linux-x64/crypt.musl.node': musl,
  'prebuilds/linux-x64/crypt.glibc.node': x64,
  'prebuilds/linux-arm64/crypt.armv8.glibc.node': arm64,
  'prebuilds/darwin-x64+arm64/crypt.glibc.node': mac,
  'prebuilds/win32-x64/crypt.node': windows,
}

test('nativeAddons embeds an addon that is required by its path, under a name made of its bytes', async () => {
  const { addons } = await bundle({
    'plugin.ts': "const fast = require('./fast.node')\nexport default { version: String(fast) }",
    'fast.node': x64,
  })
  const sha256 = createHash('sha256').update(x64).digest('hex')
  assert.equal(
    addons.map(({ file, asset, sha256 }) => ({ file, asset, sha256 })),
    [{ file: 'shop/fast.node', asset: `addon/${sha256.slice(0, 16)}/fast.node`, sha256 }],
  )
})

for (const [platform, file] of [
  ['linux-x64', 'prebuilds/linux-x64/crypt.glibc.node'],
  ['linux-arm64', 'prebuilds/linux-arm64/crypt.armv8.glibc.node'],
  ['darwin-arm64', 'prebuilds/darwin-x64+arm64/crypt.glibc.node'],
  ['win-x64', 'prebuilds/win32-x64/crypt.node'],
] as const) {
  test(`nativeAddons finds what node-gyp-build would find on ${platform}`, async () => {
    const { addons, warnings } = await bundle(crypt(builds), platform)
    assert.equal(
      addons.map(({ file }) => file),
      [`crypt/${file}`],
    )
    assert.equal(warnings, [])
  })
}

test('nativeAddons chooses the prebuild of the Node inside by its tags', async () => {
  const tagged = crypt({
    'prebuilds/linux-x64/electron.abi137.node': linuxAddon('x64', 'glibc', ['librt.so.1']),
    'prebuilds/linux-x64/node.abi127.node': linuxAddon('x64', 'glibc', ['libm.so.6']),
    'prebuilds/linux-x64/node.abi137.node': linuxAddon('x64', 'glibc', ['libdl.so.2']),
    'prebuilds/linux-x64/node.napi.node': x64,
  })
  const names = async (abi?: string) =>
    (await bundle(tagged, 'linux-x64', abi)).addons.map(({ file }) => file.split('/').pop())
  assert.equal(await names('137'), ['node.abi137.node'])
  assert.equal(await names('127'), ['node.abi127.node'])
  assert.equal(await names('147'), ['node.napi.node'])
  assert.equal(await names(), ['node.napi.node'])
})

test('nativeAddons prefers what was compiled, unless that is for this machine only', async () => {
  const compiled = crypt({ ...builds, 'build/Release/crypt.node': linuxAddon('x64', 'glibc', ['libm.so.6']) })
  const file = async (platform: string) => (await bundle(compiled, platform)).addons.map(({ file }) => file)
  assert.equal(await file('linux-x64'), ['crypt/build/Release/crypt.node'])
  assert.equal(await file('linux-arm64'), ['crypt/prebuilds/linux-arm64/crypt.armv8.glibc.node'])
})

test('nativeAddons embeds of what bindings could find only what its caller names', async () => {
  const { addons } = await bundle({
    'plugin.ts': "import base from 'base'\nexport default { version: String(base) }",
    'node_modules/base/package.json': { name: 'base', version: '1.0.0' },
    'node_modules/base/index.js': "module.exports = require('bindings')('better_base')",
    'node_modules/base/build/Release/better_base.node': x64,
    'node_modules/base/build/Release/test_extension.node': linuxAddon('x64', 'glibc', ['libm.so.6']),
  })
  assert.equal(
    addons.map(({ file }) => file),
    ['base/build/Release/better_base.node'],
  )
})

for (const [platform, name] of [
  ['linux-x64', 'linux-x64-gnu'],
  ['linux-arm64', 'linux-arm64-gnu'],
  ['darwin-arm64', 'darwin-arm64'],
] as const) {
  test(`nativeAddons takes of the optional packages for all platforms that for ${platform}`, async () => {
    const project = fast({
      'linux-x64-gnu': x64,
      'linux-x64-musl': musl,
      'linux-arm64-gnu': arm64,
      'darwin-arm64': mac,
    })
    const { addons, warnings } = await bundle(project, platform)
    assert.equal(
      addons.map(({ file }) => file),
      [`@fast/${name}/fast.node`],
    )
    assert.equal(warnings, [])
  })
}

test('nativeAddons chooses the optional package whose name the caller puts together', async () => {
  const project = {
    ...fast({ 'linux-x64-gnu': x64, 'linux-arm64-gnu': arm64 }),
    'node_modules/fast/index.js': `
      const parts = [process.platform, process.arch, 'gnu']
      let native
      try { native = require(\`@fast/\${parts.join('-')}\`) }
      catch { native = require(\`./fast.\${parts.join('-')}.node\`) }
      module.exports = native`,
  }
  const { addons, warnings } = await bundle(project, 'linux-arm64')
  assert.equal(
    addons.map(({ file }) => file),
    ['@fast/linux-arm64-gnu/fast.node'],
  )
  assert.equal(warnings, [])
})

test('nativeAddons refuses a package whose addon for the target is not installed, with the command that does', async () => {
  for (const installed of [{ 'linux-x64-gnu': x64 }, {}]) {
    const sentence = await refusal(fast(installed), 'linux-arm64')
    assert.match(sentence, 'fast has no native addon for linux-arm64: ')
    assert.match(sentence, 'npm install --no-save --force @fast/linux-arm64-gnu@2.1.0 (')
  }
})

test('nativeAddons takes an addon for musl for none of a target with glibc', async () => {
  const sentence = await refusal(crypt({ 'prebuilds/linux-x64/crypt.node': musl }))
  assert.match(
    sentence,
    'crypt has no native addon for linux-x64: crypt/prebuilds/linux-x64/crypt.node is for linux-x64 with musl. ',
  )
})

test('nativeAddons refuses what is no addon at all, and says what it is', async () => {
  const sentence = await refusal({
    'plugin.ts': "import fast from './fast.node'\nexport default fast",
    'fast.node': 'version https://git-lfs.github.com/spec/v1',
  })
  assert.match(sentence, 'shop has no native addon for linux-x64: shop/fast.node is not usable: it is text')
})

test('nativeAddons names the platforms that a package has instead', async () => {
  const { 'prebuilds/linux-arm64/crypt.armv8.glibc.node': _, ...others } = builds
  assert.match(
    await refusal(crypt(others), 'linux-arm64'),
    'crypt has no native addon for linux-arm64: it has those for darwin-arm64, linux-x64, linux-x64 with musl, win-x64. ',
  )
})

test('nativeAddons takes no addon for another runtime', async () => {
  assert.match(
    await refusal(crypt({ 'prebuilds/linux-x64/electron.napi.node': x64 })),
    'crypt has no native addon for linux-x64: none of the files that crypt/lib/crypt.js asks for is there. ',
  )
})

test('nativeAddons warns where the caller catches that there is no addon, and leaves a throw in its place', async () => {
  const result = await bundle(
    {
      'plugin.ts': `let version = 'native'
        try { require('./fast.node') } catch (error) { version = error.message }
        export default { version }`,
      'fast.node': arm64,
    },
    'linux-x64',
  )
  assert.equal(result.addons, [])
  assert.is(result.warnings.length, 1)
  assert.match(
    result.warnings[0]!,
    'shop has no native addon for linux-x64: shop/fast.node is for linux-arm64. ',
  )
  assert.is(
    versionOf(result),
    'shop/fast.node is for linux-arm64, and stayed out of this binary for linux-x64',
  )
})

test('nativeAddons warns of libraries that neither the system nor the binary brings', async () => {
  const { warnings } = await bundle({
    'plugin.ts': "import fast from './fast.node'\nexport default fast",
    'fast.node': linuxAddon('x64', 'glibc', ['libstdc++.so.6', 'libvips-cpp.so.42', 'libm.so.6']),
  })
  assert.is(warnings.length, 1)
  assert.match(warnings[0]!, 'shop/fast.node needs libvips-cpp.so.42, which is not part of the system')
})

test('nativeAddons follows the variant of node-gyp-build for optional packages', async () => {
  const { addons } = await bundle({
    'plugin.ts': "import extract from 'extract'\nexport default { version: String(extract) }",
    'node_modules/extract/package.json': { name: 'extract', version: '1.0.0' },
    'node_modules/extract/index.js':
      "module.exports = require('node-gyp-build-optional-packages')(__dirname)",
    'node_modules/@extract/extract-linux-x64/package.json': {
      name: '@extract/extract-linux-x64',
      version: '1.0.0',
    },
    'node_modules/@extract/extract-linux-x64/index.js': '',
    'node_modules/@extract/extract-linux-x64/node.napi.glibc.node': x64,
    'node_modules/@extract/extract-linux-x64/node.napi.musl.node': musl,
  })
  assert.equal(
    addons.map(({ file }) => file),
    ['@extract/extract-linux-x64/node.napi.glibc.node'],
  )
})

test('nativeAddons says of each addon what its headers want', async () => {
  const addon = linuxAddon('x64', 'glibc', ['libm.so.6'])
  const { addons } = await bundle({
    'plugin.ts': "import fast from './fast.node'\nexport default fast",
    'fast.node': addon,
  })
  assert.equal(addons[0]?.libraries, ['libm.so.6', 'libc.so.6'])
  assert.equal(addons[0]?.wantedVersions, {})
})

test('nativeAddons gives the same code in another folder, and names none', async () => {
  const texts = await Promise.all(
    [crypt(builds), crypt(builds)].map(async (project) => readFileSync((await bundle(project)).code, 'utf8')),
  )
  assert.is(texts[0], texts[1])
  assert.not.match(texts[0]!, 'kong-ts-test-')
})

test('nativeAddons takes a file for several processors that has the right one, and no other', async () => {
  const { 'prebuilds/darwin-x64+arm64/crypt.glibc.node': _, ...others } = builds
  const universal = (...cpus: number[]) =>
    crypt({
      ...others,
      'prebuilds/darwin-x64+arm64/crypt.node': universalOf(
        cpus.map((cpu) => machOOf({ cpu })),
        cpus,
      ),
    })
  const { addons } = await bundle(universal(cpus.x64, cpus.arm64), 'darwin-arm64')
  assert.is(addons.length, 1)
  assert.match(
    await refusal(universal(cpus.x64), 'darwin-arm64'),
    'crypt has no native addon for darwin-arm64: ',
  )
})

test('nativeAddons leaves nothing of itself in a plugin without addons', async () => {
  const { code, addons } = await bundle({ 'plugin.ts': "export default { version: '1.0.0' }" })
  assert.equal(addons, [])
  assert.not.match(readFileSync(code, 'utf8'), /dlopen|loadAddon|getRawAsset/)
})

const real = compiles && hostPlatform() === 'linux-x64' ? test : test.skip

real('nativeAddons gives what require would give (skipped without gcc on linux-x64)', async () => {
  const answers = {
    './one.node': "import addon from './one.node'",
    'createRequire, as modules do it': `import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const addon = require('./one.node')`,
    'createRequire at once': `import { createRequire } from 'node:module'
      const addon = createRequire(import.meta.url)('./one.node')`,
    bindings: "const addon = require('bindings')({ bindings: 'one.node' })",
    'a path of __dirname': "const addon = require(require('path').join(__dirname, 'build/Release/one'))",
    'process.dlopen': `const module = { exports: {} }
      process.dlopen(module, __dirname + '/one.node')
      const addon = module.exports`,
    'process.dlopen in an expression': `const own = { exports: {} }
      const addon = (process.dlopen(own, \`\${__dirname}/build/Release/one.node\`), own.exports)`,
    'a name that is put together': `const addon = require(\`./build/Release/\${process.argv[9] ?? 'one'}.node\`)`,
    'node-gyp-build': "import load from 'node-gyp-build'\nconst addon = load(__dirname)",
    'node-pre-gyp': `import gyp from '@mapbox/node-pre-gyp'
      const path = gyp.find('./package.json')
      const addon = require(path)`,
  }
  const one = compileAddon(1)
  for (const [way, text] of Object.entries(answers)) {
    const project = {
      'node_modules/one/package.json': {
        name: 'one',
        binary: { module_name: 'one', module_path: './build/{configuration}' },
      },
      'node_modules/one/index.js': `${text}\nexport const version = addon.answer() + '.0.0'`,
      'node_modules/one/one.node': one,
      'node_modules/one/build/Release/one.node': one,
      'plugin.ts': "import { version } from 'one'\nexport default { version }",
    }
    assert.is(versionOf(await bundle(project)), '1.0.0', way)
  }
})

real('nativeAddons loads an addon once and two addons apart (skipped without gcc on linux-x64)', async () => {
  const result = await bundle({
    'plugin.ts': `import one from './one.node'
      import two from './two.node'
      import { again } from './again.ts'
      export default { version: [one.answer(), two.answer(), Number(again === one)].join('.') }`,
    'again.ts': "import again from './copy/one.node'\nexport { again }",
    'one.node': compileAddon(1),
    'copy/one.node': compileAddon(1),
    'two.node': compileAddon(2),
  })
  assert.is(versionOf(result), '1.2.1')
})

test.run()

/** What Apple's lipo writes: a table of the parts, each at a multiple of 4096. */
function universalOf(parts: readonly Buffer[], types: readonly number[]): Buffer {
  const table = Buffer.alloc(4096)
  table.writeUInt32BE(0xcafebabe, 0)
  table.writeUInt32BE(parts.length, 4)
  let end = table.length
  const padded = parts.map((part, index) => {
    const size = Math.ceil(part.length / 4096) * 4096
    for (const [field, value] of [types[index] ?? 0, 0, end, part.length, 12].entries())
      table.writeUInt32BE(value, 8 + index * 20 + field * 4)
    end += size
    return Buffer.concat([part], size)
  })
  return Buffer.concat([table, ...padded])
}
