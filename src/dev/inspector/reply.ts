import type { ServerResponse } from 'node:http'

/** Nothing from elsewhere, nothing inline, in no frame, and nothing kept. */
const protection = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export function json(value: unknown, status = 200, headers: Reply['headers'] = {}): Reply {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value), headers }
}

export function text(type: string, body: string): Reply {
  return { status: 200, type: `${type}; charset=utf-8`, body }
}

export function write(response: ServerResponse, { status, type, body, headers }: Reply): void {
  const bytes = Buffer.from(body)
  const length = String(bytes.length)
  response.writeHead(status, { ...protection, ...headers, 'content-type': type, 'content-length': length })
  response.end(bytes)
}

/** Begins an answer that goes on until somebody ends it. */
export function beginStream(response: ServerResponse, type: string): void {
  response.writeHead(200, { ...protection, 'content-type': type })
}
