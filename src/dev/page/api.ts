import type { AdminError } from '../../fake-kong/configure.ts'
import type { PluginConfig, SendRequest, SentRequest } from '../inspector/api.ts'
import type { RecordedRequest, RequestSummary } from '../inspector/record.ts'

// What the page asks its server. All fail with an Error whose message is for a person.

export function listRequests(): Promise<RequestSummary[]> {
  return askJson('/api/requests')
}

export async function clearRequests(): Promise<void> {
  await ask('/api/requests', { method: 'DELETE' })
}

export function readRequest(id: number): Promise<RecordedRequest> {
  return askJson(`/api/requests/${id}`)
}

/** Where the test of a request is to be had, for one of its plugins. */
export function testAddress(id: number, plugin: string | undefined): string {
  const query = plugin === undefined ? '' : `?plugin=${encodeURIComponent(plugin)}`
  return `/api/requests/${id}/test${query}`
}

export async function readTest(id: number, plugin: string | undefined): Promise<string> {
  return (await ask(testAddress(id, plugin))).text()
}

export function sendRequest(request: SendRequest): Promise<SentRequest> {
  return askJson('/api/send', withJson('POST', request))
}

export function listPlugins(): Promise<PluginConfig[]> {
  return askJson('/api/plugins')
}

/** Gives the plugin as it is then, or what its schema has against the config. */
export async function saveConfig(id: string, config: object): Promise<PluginConfig | AdminError> {
  const path = `/api/plugins/${encodeURIComponent(id)}/config`
  const response = await reach(path, withJson('PUT', config))
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok || isAdminError(answer)) return answer as PluginConfig | AdminError
  throw new Error(messageOf(answer) ?? `The server answered ${response.status} to ${path}.`)
}

export function isAdminError(answer: unknown): answer is AdminError {
  return typeof answer === 'object' && answer !== null && 'fields' in answer && 'code' in answer
}

function withJson(method: string, body: object): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

async function askJson<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  return (await ask(path, init)).json()
}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const response = await reach(path, init)
  if (response.ok) return response
  const refusal: unknown = await response.json().catch(() => undefined)
  throw new Error(messageOf(refusal) ?? `The server answered ${response.status} to ${path}.`)
}

async function reach(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch {
    throw new Error('The gateway cannot be reached: see whether kong-ts dev still runs.')
  }
}

function messageOf(answer: unknown): string | undefined {
  return typeof answer === 'object' && answer !== null && 'message' in answer
    ? String(answer.message)
    : undefined
}
