import { fault } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { dialects, phases } from '../pdk/phases.ts'
import type { Plugin } from './plugin.ts'

/** Members of a definition beside its phases, each with what it has to be. */
const members: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  name: ok,
  version: ok,
  priority: ok,
  protocol: oneOf(dialects),
  config: kind('an object of fields', (value) => typeof value === 'object' && value !== null),
  entityChecks: kind('a list', Array.isArray),
  pluginChecks: kind('a list', Array.isArray),
  protocols: ok,
  noConsumer: flag,
  noRoute: flag,
  noService: flag,
  init: handler,
  close: handler,
  onEvent: handler,
  onError: oneOf(['fail', 'continue']),
  timeLimit: limit,
  idleLimit: limit,
  frameLimit: limit,
}

/**
 * Refuses what the type checker would have shown an author who runs it: a misspelt phase is a guard that guards
 * nothing, and the build does not check types. An instance of a class may have members of its own; what looks
 * like a slip for a phase is refused there too, by `checkPhases`.
 */
export function checkDefinition(definition: object): void {
  const checks = { ...Object.fromEntries(phases.map((phase) => [phase, handler] as const)), ...members }
  const prototype = Object.getPrototypeOf(definition) as unknown
  if (prototype === Object.prototype || prototype === null)
    for (const name of Object.keys(definition))
      if (!(name in checks)) throw unknownMember(name, Object.keys(checks))
  for (const [name, check] of Object.entries(checks)) {
    const value = (definition as Record<string, unknown>)[name]
    if (value === undefined) continue
    if (isGeneratorFunction(value)) throw fault('GENERATOR', name)
    const want = check(value)
    if (want !== undefined) throw fault('BAD_MEMBER', name, want, value)
  }
}

/** Refuses a plugin that would never run; `names` are the methods of its class, for a look at misspelt ones. */
export function checkPhases(handlers: Plugin['phases'], names: readonly string[]): void {
  for (const name of names) {
    if ((phases as readonly string[]).includes(name)) continue
    const isSlip = name.length > 4 && nearest(name, phases, 1) !== undefined
    if (isFilter(name) || isSlip) throw unknownMember(name, phases)
  }
  if (Object.keys(handlers).length === 0) throw fault('NO_PHASE', phases)
}

/** The names of all methods that an object has, its own and those of its classes. */
export function methodNames(object: object): string[] {
  const names = new Set<string>()
  for (let level = object; level !== null && level !== Object.prototype; level = Object.getPrototypeOf(level))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level)))
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
  return [...names]
}

function unknownMember(name: string, known: readonly string[]): Error {
  if (isFilter(name)) return fault('FILTER_PHASE', name)
  return fault('UNKNOWN_MEMBER', name, nearest(name, known), known)
}

function isFilter(name: string): boolean {
  return /^(header|body)_?filter$/i.test(name)
}

function isGeneratorFunction(value: unknown): boolean {
  return typeof value === 'function' && /GeneratorFunction/.test(Object.prototype.toString.call(value))
}

function ok(): undefined {
  return undefined
}

function flag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'true or false'
}

function handler(value: unknown): string | undefined {
  return typeof value === 'function' ? undefined : 'a function'
}

function limit(value: unknown): string | undefined {
  const fits = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 31 - 1
  return fits ? undefined : `a whole number from 1 to ${2 ** 31 - 1}`
}

function kind(want: string, fits: (value: unknown) => boolean) {
  return (value: unknown): string | undefined => (fits(value) ? undefined : want)
}

function oneOf(words: readonly string[]) {
  return kind(`one of ${words.join(', ')}`, (value) => (words as readonly unknown[]).includes(value))
}
