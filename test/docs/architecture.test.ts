import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { globSync } from '../support/glob.ts'

const text = readFileSync('docs/architecture.md', 'utf8')
const layers = ['wire', 'schema', 'pdk', 'plugin', 'protocol', 'server', 'fake-kong', 'testing', 'dev', 'cli']

/** From the map: which folders of `src/` a folder may import. */
function allowedFor(layer: string): string[] {
  const row = text.split('\n').find((line) => line.startsWith(`| \`src/${layer}/\``))
  assert.ok(row, `the map has a row for src/${layer}/`)
  return (row.split('|').at(-2) ?? '').split(',').map((word) => word.trim())
}

test('architecture.md: every file and folder that it names is there', () => {
  const named = [...text.matchAll(/`((?:src|build|bin|examples|test)\/[\w./-]*)`/g)].map(
    ([, path]) => path ?? '',
  )
  assert.ok(named.length > 20)
  assert.equal(
    named.filter((path) => !existsSync(path)),
    [],
  )
})

test('architecture.md: the map has every folder of src', () => {
  const folders = readdirSync('src').filter((name) => statSync(join('src', name)).isDirectory())
  assert.equal(folders.sort(), [...layers].sort())
})

for (const layer of layers)
  test(`architecture.md: src/${layer} imports only what its row allows`, () => {
    const allowed = allowedFor(layer)
    for (const file of globSync([`src/${layer}`], '.ts'))
      for (const [, path] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
        const [, target = ''] = normalize(join(dirname(file), path ?? '')).split('/')
        const fine = target === layer || !layers.includes(target) || allowed.includes(target)
        assert.ok(fine, `${file} imports ${path}, and src/${layer} may import ${allowed.join(', ')} only`)
      }
  })

test('architecture.md: build imports only what its rows allow of src, examples reach it by its name only', () => {
  for (const file of globSync(['build'], '.ts'))
    for (const [, layer] of readFileSync(file, 'utf8').matchAll(/from '[./]+\/src\/([\w-]+)/g))
      assert.ok(['pdk', 'version'].includes(layer ?? ''), `${file} imports ${layer}`)
  for (const file of globSync(['examples'], '.ts'))
    assert.not.match(readFileSync(file, 'utf8'), /from '[./]+\/src\//, file)
})

test('architecture.md: site imports nothing of src: it reads the sources, and what it builds is of all of them', () => {
  for (const file of globSync(['site'], '.ts').filter((name) => !name.includes('node_modules')))
    assert.not.match(readFileSync(file, 'utf8'), /from '[./]+\/src\//, file)
})

const inBinary = globSync(['src'], '.ts').filter((file) => !/^src\/(cli|dev|fake-kong|testing)\//.test(file))

test('architecture.md: what goes into a binary imports nothing of build, cli, dev and fake-kong', () => {
  assert.ok(inBinary.includes('src/wire/msgpack.ts'))
  for (const file of inBinary)
    assert.not.match(readFileSync(file, 'utf8'), /from '[./]+\/(build|cli|dev|fake-kong|testing)\//, file)
})

test('README: what goes into a binary imports one npm package, in the one file that -metrics alone loads', () => {
  const importing = inBinary.filter((file) => packagesIn(file).length > 0)
  assert.equal(importing, ['src/server/metrics/endpoint.ts'])
  assert.equal(importing.flatMap(packagesIn), ['prom-client'])
  for (const file of inBinary.filter((one) => !one.startsWith('src/server/metrics/')))
    assert.not.match(
      readFileSync(file, 'utf8'),
      /^import (?!type)[^\n]*'[^']*metrics\/(endpoint|meter|of-workers)/m,
      file,
    )
})

test('package.json: every npm package that the kit imports is a dependency, not one for development only', () => {
  const { dependencies }: { dependencies: object } = JSON.parse(readFileSync('package.json', 'utf8'))
  const names = new Set(globSync(['src', 'build'], '.ts').flatMap(packagesIn))
  assert.ok(names.has('esbuild'))
  assert.equal(
    [...names].filter((name) => !(name in dependencies)),
    [],
  )
})

test.run()

/** The npm packages that a file imports at its start. */
function packagesIn(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\b(?:[^'"]*? from)? '((?:@[\w-]+\/)?[a-z][\w-]*)[\w/.-]*'/gm,
  )
  return [...imports].map(([, name]) => name ?? '')
}
