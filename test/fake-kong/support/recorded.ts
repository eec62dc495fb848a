// The recorded conversations as requests: what the plugin asked in each, what Kong answered, and what the client got.
import { readFileSync } from 'node:fs'
import type { Phase } from '../../../src/pdk/phases.ts'
import { loadConversation, plain } from '../../support/conversation.ts'
import { cutMessages } from '../../support/msgpack-oracle.ts'

export interface RecordedCall {
  readonly phase: Phase
  readonly method: string
  readonly args: readonly unknown[]
  /** ProtoBuf:1: the argument message. */
  readonly message: Buffer
  /** Kong's answer as it was read by the recorder. */
  readonly result: unknown
  /** The frame's content, or the Step as a whole message; absent where Kong never answered. */
  readonly reply: Buffer | undefined
}

export interface RecordedRequest {
  readonly calls: readonly RecordedCall[]
  /** The phases whose handlers Kong called, in order. */
  readonly phases: readonly string[]
  readonly client: Client
  /** The line of Kong's error log that the recorder kept, up to its first comma. */
  readonly kongError: string | undefined
}

/** What the client got: an HTTP response, the text of a stream, or a connection that ended. */
export interface Client {
  readonly status?: number
  readonly rawHeaders?: readonly string[]
  readonly body?: string | { readonly base64: string }
  readonly tcp?: string
  readonly error?: string
}

interface Entry {
  readonly calls: readonly { readonly ret?: unknown; readonly ret_raw?: unknown }[]
  readonly client?: Client
  readonly http?: readonly { readonly response: Client }[]
  readonly kong_error?: string
}

export function recordedRequests(name: string): RecordedRequest[] {
  const path = new URL(`../../conversations/${name}.json`, import.meta.url)
  const file = JSON.parse(readFileSync(path, 'utf8')) as Entry & { readonly entries?: readonly Entry[] }
  const entries = file.entries ?? [file]
  return loadConversation(name).map(({ exchanges, dialect }, index) => {
    const entry = entries[index]!
    const events = exchanges.filter(({ kind }) => kind === 'event')
    const calls = events.flatMap(({ phase, calls: made }) =>
      made.map(({ method, args, argBytes, reply, record }) => ({
        phase: phase as Phase,
        method,
        args,
        message: argBytes,
        result: plain(record.ret ?? record.ret_raw),
        reply: reply && (dialect === 'ProtoBuf:1' ? reply.bytes.subarray(4) : reply.bytes),
      })),
    )
    return {
      calls,
      phases: events.map(({ phase }) => phase),
      client: entry.client ?? entry.http?.[0]?.response ?? {},
      kongError: entry.kong_error,
    }
  })
}

/** The parts of a recorded Step: its method, and whether it holds data. */
export function stepIn(reply: Buffer): { readonly method: string; readonly hasData: boolean } {
  const [, , method, [argument]] = cutMessages(reply).messages[0] as [number, number, string, [object]]
  return { method, hasData: 'Data' in argument }
}
