import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readApi } from '../../site/api/project.ts'
import { checkBlocks } from '../../site/blocks/check.ts'
import { buildSite } from '../../site/build.ts'
import { listPages } from '../../site/navigation.ts'
import { sentenceOf } from '../../site/problem.ts'
import { temporaryFolder } from '../build/support/temporary.ts'

type Files = Readonly<Record<string, string>>

const sound: Files = {
  'README.md': '# kit\n\nSee [the guide](docs/guide.md#how-it-works).\n\n```json\n{ "a": 1 }\n```\n',
  'docs/guide.md': '# Guide\n\n## How it works\n\n```ts\nexport const size: number = 5\n```\n',
  'examples/hello/README.md': '# hello\n\n[its plugin](plugin.ts)\n',
  'examples/hello/plugin.ts': 'export const plugin = 1\n',
  'src/index.ts': '/** What it weighs, in grams. */\nexport const weight = 5\n',
  'package.json': '{ "name": "kit", "type": "module", "exports": { ".": "./src/index.ts" } }',
  'tsconfig.json':
    '{ "compilerOptions": { "module": "NodeNext", "types": [], "noEmit": true }, "include": ["src"] }',
}

const folders = temporaryFolder()
let count = 0

/** A repository of its own, with some files otherwise. */
function repository(changed: Files): string {
  const folder = join(folders, String(++count))
  for (const [file, text] of Object.entries({ ...sound, ...changed })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return folder
}

function runMain(folder: string) {
  const args = ['--import', resolve('build/load-typescript.mjs'), resolve('site/main.ts')]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  return { status, stdout, said: stderr.split('\n').filter((line) => line !== '') }
}

test('make docs: a sound documentation has nothing to complain of', () => {
  const { status, stdout, said } = runMain(repository({}))
  assert.equal([status, said], [0, []])
  assert.match(stdout, /^2 blocks of code$/m)
  assert.match(stdout, /^ {2}ts: 1 type-checked, /m)
  assert.match(stdout, /^ {2}json: 1 read by a parser$/m)
})

test('make docs: says all that is wrong at once, each with its place, and ends with 1', () => {
  const { status, said } = runMain(
    repository({
      'README.md': '# kit\n\n[x](other.md)\n\n```cobol\nSTOP RUN.\n```\n',
      'src/index.ts': 'export const weight = 5\n',
    }),
  )
  assert.is(status, 1)
  assert.equal(
    said.map((sentence) => sentence.split(':', 2).join(':')),
    ['src/index.ts:1', 'README.md:3', 'README.md:5'],
  )
})

const check = {
  links: async (root: string) => {
    const source = { root, generated: new Map(), placeOf: () => undefined }
    return (await buildSite(source, join(root, 'dist/docs'))).links.problems
  },
  blocks: async (root: string) => (await checkBlocks(listPages(root, new Map()), root)).problems,
  comments: async (root: string) => (await readApi(root)).problems,
}

/** What is wrong, and the one sentence that says so. */
const faults: Readonly<Record<string, readonly [by: keyof typeof check, changed: Files, sentence: RegExp]>> =
  {
    'a link to no file': [
      'links',
      { 'docs/guide.md': '# Guide\n\n## How it works\n\nAs in [this](other.md)\nand more.\n' },
      /^docs\/guide\.md:5: Cannot follow the link other\.md, as there is no such file: /,
    ],
    'a link to no heading': [
      'links',
      { 'README.md': '# kit\n\nSee\n[the guide](docs/guide.md#how-it-wroks).\n' },
      /^README\.md:4: Cannot follow the link guide\.html#how-it-wroks, as the page has no heading #how-it-wroks: .*how-it-works/,
    ],
    'a link in a table to no heading of its page': [
      'links',
      { 'README.md': '# kit\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | [x](#no) |\n' },
      /^README\.md:6: Cannot follow the link #no, /,
    ],
    'an image that is not there': [
      'links',
      { 'README.md': '# kit\n\n![a chart](bench/chart.svg)\n' },
      /^README\.md:3: Cannot follow the link bench\/chart\.svg, /,
    ],
    'an address that is none': [
      'links',
      { 'README.md': '# kit\n\n[x](http:/shop.example)\n' },
      /^README\.md:3: Cannot follow the link http:\/shop\.example, as it is no address: /,
    ],
    'a type error in a block': [
      'blocks',
      {
        'docs/guide.md':
          '# Guide\n\n## How it works\n\n```ts\nexport const a = 1\nexport const size: number = `5`\n```\n',
      },
      /^docs\/guide\.md:7: Cannot compile the block: error TS2322: /,
    ],
    'a plugin that Kong would not start with': [
      'blocks',
      {
        'docs/guide.md':
          "# Guide\n\n## How it works\n\n```ts\nimport { definePlugin } from 'kong-ts-pdk'\n\nexport default definePlugin({ version: '1.0', access() {} })\n```\n",
      },
      /^docs\/guide\.md:5: Cannot load the plugin of the block: .*1\.0/,
    ],
    'a test that fails': [
      'blocks',
      {
        'docs/guide.md':
          "# Guide\n\n## How it works\n\n```ts\nimport { test } from 'node:test'\n\ntest('no', () => {\n  throw new Error('not today')\n})\n```\n",
      },
      /^docs\/guide\.md:5: Cannot pass the test of the block: /,
    ],
    'a block in an unknown language': [
      'blocks',
      { 'docs/guide.md': '# Guide\n\n## How it works\n\n```cobol\nSTOP RUN.\n```\n' },
      /^docs\/guide\.md:5: Cannot check a block of cobol: name one of ts, js, sh, /,
    ],
    'a block without a language': [
      'blocks',
      { 'docs/guide.md': '# Guide\n\n## How it works\n\n    indented\n' },
      /^docs\/guide\.md:5: Cannot check a block without a language: /,
    ],
    'a command that no test runs': [
      'blocks',
      { 'docs/guide.md': '# Guide\n\n## How it works\n\n```sh\nmake coffee\n```\n' },
      /^docs\/guide\.md:5: Cannot tell which test runs the commands of docs\/guide\.md: /,
    ],
    'a command that its test does not have': [
      'blocks',
      { 'README.md': '# kit\n\n```sh\nmake coffee\n```\n' },
      /^README\.md:3: Cannot find "make coffee" in test\/docs\/readme\.test\.ts, which is to run it: /,
    ],
    'JSON with a comma too many': [
      'blocks',
      { 'README.md': '# kit\n\n```json\n{ "a": 1, }\n```\n' },
      /^README\.md:3: Cannot read the block of json: /,
    ],
    'YAML that is none': [
      'blocks',
      { 'README.md': '# kit\n\n```yaml\na: b: c\n```\n' },
      /^README\.md:3: Cannot read the block of yaml: /,
    ],
    'a setting without a value': [
      'blocks',
      { 'README.md': '# kit\n\n```ini\nplugins\n```\n' },
      /^README\.md:3: Cannot read the block of ini: "plugins" is no comment, /,
    ],
    'a request that is none': [
      'blocks',
      { 'README.md': '# kit\n\n```http\nGET  HTTP/1.1\nhost shop.example\n```\n' },
      /^README\.md:3: Cannot read the block of http: /,
    ],
    'an export without a doc comment': [
      'comments',
      { 'src/index.ts': 'export const weight = 5\n' },
      /^src\/index\.ts:1: Cannot document weight, as it has no doc comment: /,
    ],
    'a doc comment with a link to nothing': [
      'comments',
      { 'src/index.ts': '/** As {@link height}. */\nexport const weight = 5\n' },
      /^.*Cannot document the API: .*height/,
    ],
    'an export whose type is not exported': [
      'comments',
      { 'src/index.ts': '/** A. */\nexport const weight: Weight = 5\ntype Weight = 5\n' },
      /^src\/index\.ts:2: Cannot document weight, as no entry point exports its type Weight: /,
    ],
  }

for (const [fault, [by, changed, sentence]] of Object.entries(faults))
  test(`make docs: finds ${fault}`, async () => {
    const [problem, ...others] = await check[by](repository(changed))
    assert.ok(problem)
    assert.match(sentenceOf(problem), sentence)
    assert.equal(others, [])
  })

test.run()
