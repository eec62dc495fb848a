import { methods } from '../pdk/methods.ts'
import type { Row } from '../pdk/row.ts'
import { type AnswersFor, Raised, type Scene } from './answer.ts'
import { client } from './answers/client.ts'
import { request } from './answers/request.ts'
import { response } from './answers/response.ts'
import { router } from './answers/router.ts'
import { runtime } from './answers/runtime.ts'
import { service } from './answers/service.ts'
import { serviceRequest } from './answers/service-request.ts'
import { serviceResponse } from './answers/service-response.ts'

export type Answers = AnswersFor<typeof methods>
export type MethodName = keyof Answers

export const answers = {
  ...client,
  ...request,
  ...response,
  ...router,
  ...runtime,
  ...service,
  ...serviceRequest,
  ...serviceResponse,
} satisfies Answers

/** The rows of the PDK table by Kong's names. */
export const rows: ReadonlyMap<string, Row> = new Map(rowsIn(methods).map((row) => [row.name, row]))

/** What becomes of one call. */
export type Answered =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'exit' }
  | { readonly kind: 'raised'; readonly why: string }
  | { readonly kind: 'unknown' }

/**
 * Answers one call by its row. Not yet as strict as Kong: it answers in every phase, and checks of an argument only
 * what an answer needs to go on.
 */
export function answerCall(scene: Scene, name: string, args: readonly unknown[]): Answered {
  const row = rows.get(name)
  if (row === undefined) return { kind: 'unknown' }
  try {
    const value = answers[name as MethodName](scene, args)
    return row.ends === true ? { kind: 'exit' } : { kind: 'result', value }
  } catch (error) {
    if (error instanceof Raised) return { kind: 'raised', why: `${name}: ${error.message}` }
    throw error
  }
}

function rowsIn(node: object): Row[] {
  if ('call' in node || 'phases' in node) return [node as Row]
  return Object.values(node).flatMap((child) => rowsIn(child as object))
}
