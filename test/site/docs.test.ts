import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const site = 'dist/docs'

test('make docs: is green, and says what it has checked', async () => {
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, MFLAGS: _old, ...env } = process.env
  const { stdout, stderr } = await promisify(execFile)('make', ['docs'], { env })
  assert.is(stderr.replaceAll(/^npm warn.*\n/gm, ''), '')
  assert.match(stdout, /^dist\/docs: \d+ pages; \d+ links within them lead somewhere$/m)
  assert.match(stdout, /^\d+ exports and \d+ functions of Kong are documented$/m)
  const [, total] = /^(\d+) blocks of code$/m.exec(stdout) ?? []
  const firsts = [...stdout.matchAll(/^ {2}\w+: (.*)$/gm)].flatMap(([, ways]) =>
    [...(ways ?? '').matchAll(/(\d+) (?!of them)/g)].map(([, count]) => Number(count)),
  )
  assert.is(
    firsts.reduce((sum, count) => sum + count, 0),
    Number(total),
    'every block is counted once',
  )
})

test('make docs: every page of the documentation is in the navigation of every page', () => {
  const pages = files('.html').filter((file) => !file.startsWith('source/'))
  const [, navigation = ''] = /<nav id="navigation"[^>]*>(.*?)<\/nav>/s.exec(text('index.html')) ?? []
  const linked = [...navigation.matchAll(/href="([^"]+)"/g)].map(([, href]) => href)
  assert.equal(linked.sort(), pages.sort())
  const sources = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      folder === 'docs' ? name.endsWith('.md') : /^[\w-]+\/README\.md$/.test(name),
    ),
  )
  assert.ok(sources.length > 30)
  const generated = pages.filter((page) => page.startsWith('api/'))
  assert.is(pages.length, sources.length + generated.length + 2, 'README and CHANGELOG beside them')
})

test('make docs: nothing in a page comes from elsewhere, and no element has a style or a script of its own', () => {
  for (const file of files('.html')) {
    const page = text(file)
    assert.match(page, /http-equiv="Content-Security-Policy" content="default-src 'none'; /, file)
    assert.not.match(page, /(src|<link[^>]*href)="(https?:)?\/\//, file)
    assert.not.match(page, / style="| on\w+="|<style|<script>/, file)
  }
})

test.run()

function files(ending: string): string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending))
}

function text(file: string): string {
  return readFileSync(`${site}/${file}`, 'utf8')
}
