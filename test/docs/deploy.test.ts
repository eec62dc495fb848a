import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostPlatform } from '../../build/targets.ts'
import { formats } from '../../src/cli/config/format-names.ts'
import { blocksOf, commandsOf } from './support/markdown.ts'

const here = hostPlatform() === 'linux-x64' ? test : test.skip
const pages = readdirSync('docs/deploy').map((name) => `docs/deploy/${name}`)
const printed = ['yaml', 'ini', 'dockerfile', 'lua']

for (const page of pages) {
  const text = readFileSync(page, 'utf8')
  here(`${page}: its commands print every line that it shows of them`, () => {
    const lines = new Set<string>()
    for (const command of commandsOf(text)) {
      assert.match(command, /^node bin\/kong-ts\.mjs config dist\/linux-x64\/hello --format /)
      const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
      assert.is(status, 0, stderr)
      for (const line of stdout.split('\n')) lines.add(line)
    }
    const shown = printed
      .flatMap((language) => blocksOf(text, language))
      .flatMap((block) => block.trim().split('\n'))
    assert.ok(shown.length > 1)
    // The first line of a block that begins inside has lost its indent.
    const flat = new Set([...lines].map((line) => line.trim()))
    assert.equal(
      shown.filter((line) => !lines.has(line) && !flat.has(line)),
      [],
    )
  })

  test(`${page}: every link leads somewhere`, () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, path]) => path ?? '')
    assert.ok(links.length > 0)
    assert.equal(
      links.filter((path) => !existsSync(join(dirname(page), path))),
      [],
    )
  })
}

test('docs/deploy: its pages use every format', () => {
  const all = pages.map((page) => readFileSync(page, 'utf8')).join()
  for (const format of formats) assert.match(all, `--format ${format}`)
})

test.run()
