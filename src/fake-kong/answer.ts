import type { Phase } from '../pdk/phases.ts'
import type { World } from './world.ts'

/** Where a call is made. */
export interface Scene {
  readonly world: World
  readonly phase: Phase
}

/**
 * What Kong does at one call: it may change the world, and gives the first Lua result, `undefined` for nil. Lua strings
 * are strings or Buffers, tables are objects, lists or Maps. It throws `Raised` where Kong raises.
 */
export type Answer = (scene: Scene, args: readonly unknown[]) => unknown

/** Kong's names of all rows in a part of the PDK table. */
export type NameIn<T> = T extends { readonly call: unknown; readonly name: infer N extends string }
  ? N
  : T extends object
    ? { [K in keyof T]: NameIn<T[K]> }[keyof T]
    : never

/** One answer for each row in a part of the table: none may be missing, none be too many. */
export type AnswersFor<T> = { readonly [N in NameIn<T>]: Answer }

/** A call at which Kong raises a Lua error, in Kong's words: it is never answered, and the event is over. */
export class Raised extends Error {
  override readonly name = 'Raised'
}

/** A body that nginx wrote to a file: only a `RawBodyResult` of ProtoBuf:1 can carry it. */
export class BodyFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }
}
