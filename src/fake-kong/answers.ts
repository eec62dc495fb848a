import { methods } from '../pdk/methods.ts'
import type { Row } from '../pdk/row.ts'
import { type Answer, type AnswersFor, Raised, type Scene } from './answer.ts'
import { client } from './answers/client.ts'
import { request } from './answers/request.ts'
import { response } from './answers/response.ts'
import { router } from './answers/router.ts'
import { runtime } from './answers/runtime.ts'
import { service } from './answers/service.ts'
import { serviceRequest } from './answers/service-request.ts'
import { serviceResponse } from './answers/service-response.ts'
import { hidden } from './hidden.ts'
import type { World } from './world.ts'

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

/** What becomes of one call; `why` is in Kong's words. */
export type Answered =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'exit' }
  | { readonly kind: 'raised'; readonly why: string }
  | { readonly kind: 'unknown' }

/** Answers one call as Kong would: the phase is checked first, then the arguments. */
export function answerCall(scene: Scene, name: string, args: readonly unknown[]): Answered {
  const row = rows.get(name)
  const answer = answerFor(scene.world, name, row)
  if (answer === undefined) return { kind: 'unknown' }
  try {
    const value = answer(scene, args)
    return row?.ends === true ? { kind: 'exit' } : { kind: 'result', value }
  } catch (error) {
    if (error instanceof Raised) return { kind: 'raised', why: error.message }
    throw error
  }
}

/** Some functions are in one of Kong's subsystems only, or in Kong Enterprise. */
function answerFor({ subsystem, node }: World, name: string, row: Row | undefined): Answer | undefined {
  if (subsystem === 'stream' && name.startsWith('kong.client.tls.')) return undefined
  if (subsystem === 'http' && name === 'kong.service.request.disable_tls') return undefined
  if (row?.edition === 'enterprise' && node.edition !== 'enterprise') return undefined
  return row === undefined ? hidden.get(name) : answers[name as MethodName]
}

function rowsIn(node: object): Row[] {
  if ('call' in node || 'phases' in node) return [node as Row]
  return Object.values(node).flatMap((child) => rowsIn(child as object))
}
