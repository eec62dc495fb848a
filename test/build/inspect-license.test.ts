import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { licensesOf } from '../../build/inspect/license.ts'
import { nodePurl, npmPurl } from '../../build/inspect/purl.ts'

const choices: [license: string | undefined, choice: unknown[]][] = [
  ['MIT', [{ license: { id: 'MIT' } }]],
  [' ISC ', [{ license: { id: 'ISC' } }]],
  ['BSD-3-Clause', [{ license: { id: 'BSD-3-Clause' } }]],
  ['(MIT OR Apache-2.0)', [{ expression: '(MIT OR Apache-2.0)' }]],
  ['MIT AND (BSD-2-Clause OR (ISC AND 0BSD))', [{ expression: 'MIT AND (BSD-2-Clause OR (ISC AND 0BSD))' }]],
  ['Apache-2.0 WITH LLVM-exception', [{ expression: 'Apache-2.0 WITH LLVM-exception' }]],
  ['GPL-2.0+', [{ expression: 'GPL-2.0+' }]],
  ['mit', [{ license: { name: 'mit' } }]],
  ['Apache 2.0', [{ license: { name: 'Apache 2.0' } }]],
  ['MIT/X11', [{ license: { name: 'MIT/X11' } }]],
  ['(MIT OR', [{ license: { name: '(MIT OR' } }]],
  ['MIT)', [{ license: { name: 'MIT)' } }]],
  ['MIT WITH Apache-2.0', [{ license: { name: 'MIT WITH Apache-2.0' } }]],
  ['MIT OR Own-1.0', [{ license: { name: 'MIT OR Own-1.0' } }]],
  ['SEE LICENSE IN LICENSE.txt', [{ license: { name: 'SEE LICENSE IN LICENSE.txt' } }]],
  ['UNLICENSED', [{ license: { name: 'UNLICENSED' } }]],
  ['', []],
  [undefined, []],
]
for (const [license, choice] of choices) {
  test(`licensesOf makes of ${JSON.stringify(license)} what CycloneDX has for it`, () => {
    assert.equal(licensesOf(license), choice)
  })
}

test('licensesOf takes an endless expression for a name', () => {
  const text = `${'('.repeat(50_000)}MIT${')'.repeat(50_000)}`
  assert.equal(licensesOf(text), [{ license: { name: text } }])
})

test('npmPurl encodes scopes and versions, as the specification of package URLs asks', () => {
  assert.is(npmPurl('msgpackr', '2.1.3'), 'pkg:npm/msgpackr@2.1.3')
  assert.is(npmPurl('@scope/name', '1.0.0'), 'pkg:npm/%40scope/name@1.0.0')
  assert.is(npmPurl('a', '1.0.0-rc.1+build.5'), 'pkg:npm/a@1.0.0-rc.1%2Bbuild.5')
  assert.is(npmPurl('a~b_c', '1'), 'pkg:npm/a~b_c@1')
  assert.is(npmPurl("it's(a)*!", '1'), 'pkg:npm/it%27s%28a%29%2A%21@1')
})

test('nodePurl names Node without a package manager', () => {
  assert.is(nodePurl('24.21.0'), 'pkg:generic/node@24.21.0')
})

test.run()
