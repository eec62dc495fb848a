import type { AdminError } from '../fake-kong/configure.ts'

/** A test that cannot be run as it is written; what a plugin does wrong is in the outcome instead. */
export class TestingError extends Error {
  /** `TestingError`, or that of a kind of it. */
  override readonly name: string = 'TestingError'
}

/** Kong's Admin API would refuse the configuration: nothing has run. */
export class ConfigRefused extends TestingError {
  /** `ConfigRefused`. */
  override readonly name = 'ConfigRefused'
  /** That of the Admin API. */
  readonly status = 400
  /** What the Admin API answers. */
  readonly body: AdminError

  constructor(plugin: string, body: AdminError) {
    super(`Kong refuses the configuration of ${plugin}: ${body.message}`)
    this.body = body
  }
}
