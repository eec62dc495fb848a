/** A failure that a person can act on: main prints its sentence alone, without a stack. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
}

/** The request itself was wrong: main ends with 2 instead of 1. */
export class UsageError extends BuildError {}
