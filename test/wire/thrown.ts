import * as assert from 'uvu/assert'
import { KongPluginError } from '../../src/errors.ts'

/** The code of the error that a call throws; fails when it throws none, or one that is not ours. */
export function codeOf(call: () => unknown): string {
  const error = thrownBy(call)
  assert.instance(error, KongPluginError, String(error))
  return (error as KongPluginError).code
}

export function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}
