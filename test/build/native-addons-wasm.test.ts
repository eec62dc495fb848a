import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownKit } from '../../build/bundle.ts'
import type { FoundFile } from '../../build/native-addons.ts'
import { wasmFiles } from '../../build/wasm.ts'
import { writeProject } from './support/addon.ts'

/** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)) */
const add = Buffer.from(
  '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
  'hex',
)
/** (module (import "./glue.js" "seven" (func (result i32))) (func (export "get") (result i32) call 0)) */
const linked = Buffer.from(
  '0061736d010000000105016000017f0213010' +
    '92e2f676c75652e6a7305736576656e0000030201000707010367657400010a0601040010000b',
  'hex',
)

test('wasmFiles gives an import of a module as its bytes', async () => {
  const { printed, files } = await run({
    'plugin.ts': `import bytes from './add.wasm'
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
      console.log(bytes.constructor.name, bytes.length, exports.add(2, 3), require('./add.wasm').length)`,
    'add.wasm': add,
  })
  assert.is(printed, `Uint8Array ${add.length} 5 ${add.length}`)
  assert.equal(files, ['shop/add.wasm'])
})

test('wasmFiles never has the bytes of a module copied one by one', async () => {
  const { printed, text } = await run({
    'plugin.ts': `import bytes from './add.wasm'
      import * as all from './add.wasm'
      const required = require('./add.wasm')
      import('./add.wasm').then((later) =>
        console.log(Object.keys(all), Object.keys(later), [bytes, all.default, later.default, required].every((one) => one === bytes)))`,
    'add.wasm': add,
  })
  assert.is(printed, "[ 'default' ] [ 'default' ] true")
  assert.not.match(text, /__toESM\([^\n]*wasm/)
})

test('wasmFiles gives import() of a module whose name is put together its bytes', async () => {
  const { printed, files } = await run({
    'plugin.ts': `const name = process.argv[9] ?? 'add'
      import(\`./wasm/\${name}.wasm\`).then(({ default: bytes }) => console.log(bytes.length))`,
    'wasm/add.wasm': add,
  })
  assert.is(printed, `${add.length}`)
  assert.equal(files, ['shop/wasm/add.wasm'])
})

test('wasmFiles gives require of a module that is linked its exports', async () => {
  const { printed } = await run({
    'plugin.ts': "const { get } = require('./linked.wasm')\nconsole.log(get())",
    'glue.js': 'export const seven = () => 7',
    'linked.wasm': linked,
  })
  assert.is(printed, '7')
})

for (const path of [
  "path.join(__dirname, 'wasm', 'add.wasm')",
  'path.resolve(__dirname, "./wasm/add.wasm")',
  "join(__dirname,\n  'wasm/../wasm/add.wasm')",
  "require('node:path').join(__dirname, 'wasm/add.wasm')",
  "__dirname + '/wasm/add.wasm'",
  '`${' + '__dirname}/wasm/add.wasm`',
  "new URL('./wasm/add.wasm', import.meta.url)",
  "join(import.meta.dirname, 'wasm/add.wasm')",
  "require.resolve('./wasm/add.wasm')",
]) {
  test(`wasmFiles leads ${path.replace(/\s+/g, ' ')} to the file in the binary`, async () => {
    const { printed, files, warnings } = await run({
      'plugin.ts': `import fs from 'node:fs'
        import path, { join } from 'node:path'
        const file = ${path}
        console.log(fs.readFileSync(file).toString('hex'), new Error().stack.includes('.cjs'), typeof path, typeof join)`,
      'wasm/add.wasm': add,
    })
    assert.is(printed, `${add.toString('hex')} true object function`)
    assert.equal(files, ['shop/wasm/add.wasm'])
    assert.equal(warnings, [])
  })
}

test('wasmFiles links a module to the modules beside it that it names', async () => {
  const { printed } = await run({
    'plugin.ts': "import { get } from './linked.wasm'\nconsole.log(get())",
    'glue.js': 'export const seven = () => 7',
    'linked.wasm': linked,
  })
  assert.is(printed, '7')
})

test('wasmFiles gives the bytes of a module whose modules are not beside it', async () => {
  const { printed } = await run({
    'plugin.ts': "import bytes from './linked.wasm'\nconsole.log(bytes.length)",
    'linked.wasm': linked,
  })
  assert.is(printed, String(linked.length))
})

test('wasmFiles warns of a file whose path nobody can tell at build time, with its place', async () => {
  const { warnings, files } = await run({
    'plugin.ts': "import 'calc'",
    'node_modules/calc/package.json': { name: 'calc' },
    'node_modules/calc/index.js':
      "const folder = __dirname + '/'\nconst file = locate('calc.wasm')\nfunction locate(name) { return folder + name }",
    'node_modules/calc/calc.wasm': add,
  })
  assert.equal(files, [])
  assert.is(warnings.length, 1)
  assert.match(
    warnings[0]!,
    /^node_modules\/calc\/index\.js:2:20: calc\/index\.js names calc\.wasm, but not so /,
  )
  assert.match(warnings[0]!, "import bytes from 'calc/calc.wasm'")
})

test('wasmFiles leaves names alone that lead to no file', async () => {
  const { warnings, files, printed } = await run({
    'plugin.ts': "console.log(__dirname + '/absent.wasm' === __dirname + '/absent' + '.wasm', 'other.wasm')",
  })
  assert.equal([warnings, files, printed], [[], [], 'true other.wasm'])
})

test.run()

async function run(
  project: Readonly<Record<string, string | Buffer | object>>,
): Promise<{ text: string; printed: string; files: string[]; warnings: string[] }> {
  const folder = writeProject(project)
  const code = join(folder, 'out/shop.cjs')
  const found = new Map<string, FoundFile>()
  const { warnings } = await build({
    entryPoints: [join(folder, 'plugin.ts')],
    outfile: code,
    absWorkingDir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    supported: { 'dynamic-import': false },
    logLevel: 'silent',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [wasmFiles({ loader: ownKit.loader, found })],
  })
  for (const { path, asset } of found.values()) {
    mkdirSync(dirname(join(folder, 'out', asset)), { recursive: true })
    copyFileSync(path, join(folder, 'out', asset))
  }
  return {
    text: readFileSync(code, 'utf8'),
    printed: execFileSync(process.execPath, [code], { encoding: 'utf8', cwd: '/' }).trim(),
    files: [...found.values()].map(({ file }) => file),
    warnings: warnings.map(
      ({ text, location }) => `${location?.file}:${location?.line}:${location?.column}: ${text}`,
    ),
  }
}
