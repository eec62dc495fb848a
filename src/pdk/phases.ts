/** The phases that an external plugin can run in, in Kong's order. */
export const phases = ['certificate', 'rewrite', 'access', 'response', 'preread', 'log'] as const
/**
 * A phase of a request or a connection in which a plugin can run.
 * @useDeclaredType
 */
export type Phase = (typeof phases)[number]

/** The two protocols that Kong speaks with an external plugin. */
export const dialects = ['ProtoBuf:1', 'MsgPack:1'] as const
/**
 * How Kong and the plugin talk: ProtoBuf:1 sends calls together, MsgPack:1 has more functions.
 * @useDeclaredType
 */
export type Dialect = (typeof dialects)[number]

export function isPhase(word: string): word is Phase {
  return (phases as readonly string[]).includes(word)
}

export function isDialect(word: string): word is Dialect {
  return (dialects as readonly string[]).includes(word)
}

/** Shorthands for the phase lists that recur in the table of methods. */
export const everyPhase = phases
export const httpRequestPhases = ['rewrite', 'access', 'response', 'log'] as const
export const beforeLog = ['rewrite', 'access', 'response'] as const
export const upstreamPhases = ['rewrite', 'access'] as const
export const afterUpstream = ['response', 'log'] as const
export const liveRequestPhases = ['rewrite', 'access', 'response', 'preread'] as const
export const connectingPhases = ['rewrite', 'access', 'preread'] as const
export const afterRouting = ['access', 'response', 'log'] as const
