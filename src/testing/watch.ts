import { setTimeout as delay } from 'node:timers/promises'
import { show } from '../errors.ts'
import { rows } from '../fake-kong/answers.ts'
import type { Call } from '../fake-kong/outcome.ts'
import type { CallWatch } from '../fake-kong/watch.ts'
import type { World } from '../fake-kong/world.ts'
import type { Phase } from '../pdk/phases.ts'
import { TestingError } from './errors.ts'
import type { Fault } from './options.ts'
import { plainValue, type Recording } from './outcome.ts'

/** Kong is gone, in the middle of an event. */
export class KongLeft extends Error {
  override readonly name = 'KongLeft'
}

interface Watched {
  readonly recording: Recording
  readonly fault: Fault | undefined
  repeats: number
  /** Whether the fault has come to pass. */
  isStruck: boolean
}

/** Notes down every call of every world under way, and lets go wrong what is to. */
export class Watch implements CallWatch {
  readonly #worlds = new WeakMap<World, Watched>()

  open(world: World, recording: Recording, fault: Fault | undefined): void {
    this.#worlds.set(world, { recording, fault, repeats: 0, isStruck: false })
  }

  repeated(world: World, repeats: number): void {
    const watched = this.#worlds.get(world)
    if (watched !== undefined) watched.repeats = repeats
  }

  /** How often the last event was sent again. */
  takeRepeats(world: World): number {
    const repeats = this.#worlds.get(world)?.repeats ?? 0
    this.repeated(world, 0)
    return repeats
  }

  struck(world: World): void {
    const watched = this.#worlds.get(world)
    if (watched !== undefined) watched.isStruck = true
  }

  /** A test whose fault never came to pass would pass for nothing. */
  checkStruck(world: World, { calls, events }: Recording): void {
    const { fault, isStruck } = this.#worlds.get(world) ?? {}
    if (fault === undefined || isStruck) return
    if ('restart' in fault)
      throw new TestingError(
        `Cannot start the server again before ${fault.restart}: the phase never came; ${listed('handlers that ran', events, ({ phase }) => phase)}`,
      )
    throw new TestingError(
      `Cannot let Kong fail at ${callOf(fault)}: the plugin never called it; ${listed('it called', calls, ({ method }) => method)}`,
    )
  }

  async before(world: World, _phase: string, method: string): Promise<string | undefined> {
    const fault = this.#worlds.get(world)?.fault
    if (fault === undefined || 'restart' in fault || callOf(fault) !== method) return undefined
    this.struck(world)
    if ('raise' in fault) return fault.words ?? 'the test lets Kong raise'
    if ('close' in fault) throw new KongLeft(`Kong went away at ${method}`)
    await delay(fault.ms, undefined, { ref: false })
    return undefined
  }

  after(world: World, phase: Phase, { method, args, result }: Call): void {
    const plain = plainValue(result)
    this.#worlds.get(world)?.recording.calls.push({
      phase,
      method,
      args: args.map(plainValue),
      ...(plain !== undefined && { result: plain }),
    })
  }
}

/** A fault at a call that Kong does not have would never come to pass, and one beyond the limit never end. */
export function checkFault(fault: Fault | undefined, limit: number): void {
  if (fault === undefined) return
  const given = Object.keys(fault)
  const values: Readonly<Record<string, unknown>> = fault
  const isOne = forms.some(
    (form) => values[form[0]] !== undefined && given.every((name) => form.some((own) => own === name)),
  )
  if (!isOne)
    throw new TestingError(
      `Cannot use ${show(fault)} as fault: it must be { raise, words? }, { close }, { stall, ms } or { restart }`,
    )
  if ('restart' in fault) return
  if ('stall' in fault && !(fault.ms >= 0 && fault.ms < limit))
    throw new TestingError(
      `Cannot let Kong stall for ${fault.ms} ms: it must be less than the limit of ${limit} ms, which can be raised`,
    )
  const method = callOf(fault)
  if (rows.has(method)) return
  const last = method.split('.').at(-1)
  const near = [...rows.keys()].find((name) => name.replaceAll('_', '').endsWith(`.${last?.toLowerCase()}`))
  throw new TestingError(
    `Cannot let Kong fail at ${JSON.stringify(method)}: it has no such function${near === undefined ? '; names are as in outcome.calls, such as kong.request.get_header' : `, did you mean ${near}?`}`,
  )
}

const forms = [['raise', 'words'], ['close'], ['stall', 'ms'], ['restart']] as const

function callOf(fault: Exclude<Fault, { readonly restart: unknown }>): string {
  return 'raise' in fault ? fault.raise : 'close' in fault ? fault.close : fault.stall
}

function listed<T>(what: string, items: readonly T[], nameOf: (item: T) => string): string {
  const names = [...new Set(items.map(nameOf))]
  return `${what}: ${names.join(', ') || 'none'}`
}
