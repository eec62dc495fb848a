import { readFileSync } from 'node:fs'
import { UsageError } from '../../build/errors.ts'

/** The object of a `--config`: JSON, or `@` and the name of a file with it. */
export function readConfigOption(given: string): object {
  const text = given.startsWith('@') ? readText(given.slice(1)) : given
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `Cannot read the configuration ${given}: ${(error as Error).message}; give a JSON object, or @ and the name of a file with one`,
    )
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new UsageError(
      `Cannot use ${given} as configuration: it must be a JSON object, as in {"message":"hello"}`,
    )
  return config
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`Cannot read the configuration @${file}: ${(error as Error).message}`)
  }
}
