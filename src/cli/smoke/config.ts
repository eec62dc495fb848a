import { checkConfig } from '../../schema/index.ts'
import type { DescribedPlugin } from './dump.ts'
import { Failure } from './steps.ts'

/**
 * The configuration that Kong would store and send: what was given, with the schema's defaults. Fails where Kong's Admin
 * API would refuse it.
 */
export function settleConfig({ name, schema }: DescribedPlugin, given: object | undefined): object {
  const verdict = checkConfig(schema, { config: given ?? {} })
  if (verdict.ok) return withoutNulls(verdict.plugin.config ?? {}) as object
  const { config = verdict.errors, ...others } = verdict.crash === undefined ? errorsOf(verdict.errors) : {}
  const why = verdict.crash ?? JSON.stringify(Object.keys(others).length > 0 ? verdict.errors : config)
  throw new Failure(
    given === undefined
      ? `${name} needs more than its schema's defaults, as Kong answers ${why}: give a configuration with --config '{...}' or --config @file.json`
      : `Kong refuses the configuration of ${name}: ${why}`,
  )
}

function errorsOf(errors: unknown): Readonly<Record<string, unknown>> {
  return typeof errors === 'object' && errors !== null
    ? (errors as Record<string, unknown>)
    : { config: errors }
}

/** Kong sends no field that is absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  )
}
