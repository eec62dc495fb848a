// The type tests beside this file hold no run-time assertions: they pass when the type checker finds nothing, and a
// broken expectation (a wrong `Equal`, an unused `@ts-expect-error`) is an error to it.
import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const tsc = (...args: string[]) =>
  spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', ...args], { encoding: 'utf8' })

test('types: the sources, the examples and every type test pass the type checker', () => {
  const { status, stdout } = tsc()
  assert.is(stdout, '')
  assert.is(status, 0)
})

test.run()
