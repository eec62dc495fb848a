import { fault, reason } from '../errors.ts'
import { setMember } from '../set-member.ts'

/**
 * From what a dialect decoded to what a person expects. Both dialects give `undefined` for Kong's nil, lists as
 * arrays and tables as objects; ProtoBuf:1 gives `undefined` for an empty frame too, as Kong sends one both for
 * nil and for "", 0 and false.
 */
export type Result = (raw: unknown) => unknown

/** Nothing comes back. */
export const nothing: Result = () => undefined
/** Text that is never nil. */
export const text: Result = (raw) => raw ?? ''
/** Text, or `undefined` when Kong has none. */
export const maybeText: Result = (raw) => raw ?? undefined
/** A number that is never nil. */
export const number: Result = (raw) => raw ?? 0
/** A number, or `undefined` when Kong has none. ProtoBuf:1 writes nil as 0, so 0 counts as none. */
export const maybeNumber: Result = (raw) => (raw === 0 ? undefined : (raw ?? undefined))
export const flag: Result = (raw) => raw === true
/** `true` when Kong did it; nil, with its reason lost on the way, becomes `false`. */
export const done: Result = flag
/** Any value; nil and an unset key are `undefined`. */
export const value: Result = (raw) => raw ?? undefined
/** Bytes that are never nil. */
export const bytes: Result = (raw) => raw ?? Buffer.alloc(0)
/** A record of Kong's; nil, and ProtoBuf:1's record with an empty id, are `undefined`. */
export const entity: Result = (raw) => (hasId(raw) ? raw : undefined)

/** Names with all their values: `{ accept: ['a', 'b'], host: ['c'] }`, in both dialects. */
export const multimap: Result = (raw) => each(raw, (item) => (Array.isArray(item) ? item : [item]))

/** The same for query arguments, where `true` stands for a bare `?flag`; MsgPack:1 writes that one as []. */
export const query: Result = (raw) =>
  each(raw, (item) => (Array.isArray(item) ? (item.length === 0 ? [true] : item) : [item]))

/** A list, or `undefined` when Kong has none. */
export const list: Result = (raw) => (Array.isArray(raw) ? raw : undefined)

/**
 * The groups that a path's expression caught. MsgPack:1 sends Lua's table, with the whole match under 0 and
 * text; ProtoBuf:1 sends the groups from 1 on, as bytes.
 */
export const uriCaptures: Result = (raw) => {
  const { unnamed, named } = (raw ?? {}) as { unnamed?: object; named?: object }
  const out = { unnamed: [] as string[], named: {} as Record<string, string> }
  if (Array.isArray(unnamed)) out.unnamed = unnamed.map(capture)
  else
    for (const [index, item] of Object.entries(unnamed ?? {}))
      if (Number(index) > 0) out.unnamed[Number(index) - 1] = capture(item)
  out.unnamed = Array.from(out.unnamed, (item) => item ?? '')
  if (!Array.isArray(named))
    for (const [name, item] of Object.entries(named ?? {})) setMember(out.named, name, capture(item))
  return out
}

/** The text of a body that another row gave as bytes. */
export const bodyText = (body: unknown): string => (body as Buffer).toString('utf8')

/** The value that a body's JSON text stands for; `where` names the function for the sentence. */
export const bodyJson =
  (where: string) =>
  (body: unknown): unknown => {
    const content = body as Buffer
    if (content.length === 0) return undefined
    try {
      return JSON.parse(content.toString('utf8'))
    } catch (thrown) {
      throw fault('REPLY_UNREADABLE', where, `the body is no JSON: ${reason(thrown)}`)
    }
  }

function capture(item: unknown): string {
  return item instanceof Uint8Array ? Buffer.from(item).toString('utf8') : String(item ?? '')
}

/** In place: what a dialect has just decoded is nobody else's. */
function each(raw: unknown, shape: (item: unknown) => unknown[]): Record<string, unknown[]> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return {}
  const table = raw as Record<string, unknown>
  for (const name of Object.keys(table)) table[name] = shape(table[name])
  return table as Record<string, unknown[]>
}

function hasId(raw: unknown): raw is { id: string } {
  return (
    typeof raw === 'object' &&
    raw !== null &&
    typeof (raw as { id?: unknown }).id === 'string' &&
    (raw as { id: string }).id !== ''
  )
}
