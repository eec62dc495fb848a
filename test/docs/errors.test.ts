import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { globSync } from '../support/glob.ts'
import { errorsPage } from './support/errors-page.ts'

const page = readFileSync('docs/errors.md', 'utf8')

test('errors.md: is what the sentences say; test/docs/support/write-errors.ts writes it anew', () => {
  assert.is(page, errorsPage())
})

test('errors.md: has a row for each code of the catalogues and of each error that is made elsewhere', () => {
  const catalogues = ['src/errors.ts', 'src/schema/errors.ts'].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ {2}([A-Z_]+): \(/gm)].map(([, code]) => code ?? ''),
  )
  const elsewhere = globSync(['src'], '.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/new KongPluginError\(\s*'([A-Z_]+)'/g)].map(
      ([, code]) => code ?? '',
    ),
  )
  assert.ok(catalogues.length > 40 && elsewhere.length > 5)
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
  assert.equal(rows.sort(), [...new Set([...catalogues, ...elsewhere])].sort())
})

test.run()
