import type { methods } from './methods.ts'
import type { Dialect, Phase } from './phases.ts'

/**
 * What a handler can ask Kong: the table of methods, limited to the functions that Kong offers in the phase and
 * that the dialect can carry. With a union of phases (`Kong<'access' | 'rewrite'>`), what both offer.
 */
export type Kong<P extends Phase = Phase, D extends Dialect = 'ProtoBuf:1'> = View<typeof methods, P, D>

/** Something in the table: a function, or a namespace that may itself be callable through `self`. */
type View<T, P extends Phase, D extends Dialect> = {
  [K in keyof T as Offered<T[K], P, D> extends true ? Exclude<K, 'self'> : never]: T[K] extends {
    call: infer F
  }
    ? F
    : T[K] extends { self: { call: infer F } }
      ? Offered<T[K]['self'], P, D> extends true
        ? F & View<T[K], P, D>
        : View<T[K], P, D>
      : View<T[K], P, D>
}

type Offered<T, P extends Phase, D extends Dialect> = T extends {
  call: unknown
  phases: readonly (infer Q)[]
}
  ? [P] extends [Q]
    ? D extends 'ProtoBuf:1'
      ? T extends { protobuf: object }
        ? true
        : false
      : true
    : false
  : { [K in keyof T]: Offered<T[K], P, D> }[keyof T] extends false
    ? false
    : true
