import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'
import { methods } from '../../src/pdk/methods.ts'

const where = 'kong.service.request.addHeader'
const [, value] = methods.service.request.addHeader.args

test('service.request.addHeader takes one line, as Kong would write "table: 0x..." for a list', () => {
  for (const line of ['a', 7, true]) assert.is(value?.check(line, where), line)
  assert.throws(
    () => value?.check(['a', 'b'], where),
    (error: Error) =>
      error instanceof KongPluginError && /^Cannot call .*addHeader: value must be/.test(error.message),
  )
})

test('response.addHeader and both setHeader take a list for several lines', () => {
  for (const { args } of [
    methods.response.addHeader,
    methods.response.setHeader,
    methods.service.request.setHeader,
  ])
    assert.equal(args[1]?.check(['a', 'b'], where), ['a', 'b'])
})

test.run()
