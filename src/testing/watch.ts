import { setTimeout as delay } from 'node:timers/promises'
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

/** Notes down every call of every world under way, and lets go wrong what is to. */
export class Watch implements CallWatch {
  readonly #worlds = new WeakMap<World, { recording: Recording; fault: Fault | undefined; repeats: number }>()

  open(world: World, recording: Recording, fault: Fault | undefined): void {
    this.#worlds.set(world, { recording, fault, repeats: 0 })
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

  async before(world: World, _phase: string, method: string): Promise<string | undefined> {
    const fault = this.#worlds.get(world)?.fault
    if (fault === undefined || 'restart' in fault) return undefined
    if ('raise' in fault)
      return fault.raise === method ? (fault.words ?? 'the test lets Kong raise') : undefined
    if ('close' in fault) {
      if (fault.close === method) throw new KongLeft(`Kong went away at ${method}`)
    } else if (fault.stall === method) await delay(fault.ms, undefined, { ref: false })
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
  if (fault === undefined || 'restart' in fault) return
  if ('stall' in fault && !(fault.ms >= 0 && fault.ms < limit))
    throw new TestingError(
      `Cannot let Kong stall for ${fault.ms} ms: it must be less than the limit of ${limit} ms, which can be raised`,
    )
  const method = 'raise' in fault ? fault.raise : 'close' in fault ? fault.close : fault.stall
  if (rows.has(method)) return
  const last = method.split('.').at(-1)
  const near = [...rows.keys()].find((name) => name.replaceAll('_', '').endsWith(`.${last?.toLowerCase()}`))
  throw new TestingError(
    `Cannot let Kong fail at ${JSON.stringify(method)}: it has no such function${near === undefined ? '; names are as in outcome.calls, such as kong.request.get_header' : `, did you mean ${near}?`}`,
  )
}
