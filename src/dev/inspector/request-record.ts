import { KeptBody } from './kept-body.ts'
import type {
  Header,
  RecordedCall,
  RecordedFailure,
  RecordedHandler,
  RecordedLog,
  RecordedMessage,
  RecordedRequest,
  RecordedResponse,
  RequestSummary,
} from './record.ts'

export type BodyName = 'came' | 'sent' | 'answered' | 'response'

type WithoutBody<T> = Omit<T, 'body'>
type Writable<T> = { -readonly [K in keyof T]: T[K] }

export interface HandlerRecord extends Writable<Omit<RecordedHandler, 'calls'>> {
  readonly calls: RecordedCall[]
  moreCalls?: number
}

/** What is kept of one request: copies only, nothing of its world. */
export interface RequestRecord {
  readonly summary: Writable<RequestSummary>
  readonly client: RecordedRequest['client']
  service: string | undefined
  readonly came: WithoutBody<RecordedMessage>
  sent?: WithoutBody<NonNullable<RecordedRequest['sent']>>
  answered?: WithoutBody<RecordedResponse>
  response?: WithoutBody<NonNullable<RecordedRequest['response']>>
  readonly bodies: Readonly<Record<BodyName, KeptBody>>
  readonly handlers: HandlerRecord[]
  readonly logs: RecordedLog[]
  moreLogs: number
  readonly failures: RecordedFailure[]
}

export function createBodies(): RequestRecord['bodies'] {
  return { came: new KeptBody(), sent: new KeptBody(), answered: new KeptBody(), response: new KeptBody() }
}

/** The record as the page gets it. */
export function shownRequest(record: RequestRecord): RecordedRequest {
  const { summary, client, service, came, sent, answered, response, bodies, moreLogs } = record
  return {
    ...summary,
    client,
    service,
    came: { ...came, body: bodies.came.shown() },
    ...(sent !== undefined && { sent: { ...sent, body: bodies.sent.shown() } }),
    ...(answered !== undefined && { answered: { ...answered, body: bodies.answered.shown() } }),
    ...(response !== undefined && { response: { ...response, body: bodies.response.shown() } }),
    handlers: record.handlers.map((handler) => ({ ...handler, calls: [...handler.calls] })),
    logs: [...record.logs],
    ...(moreLogs > 0 && { moreLogs }),
    failures: [...record.failures],
  }
}

export function headerLines(headers: Readonly<Record<string, readonly string[]>>): Header[] {
  return Object.entries(headers).flatMap(([name, values]) => values.map((value): Header => [name, value]))
}
