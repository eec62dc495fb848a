import type { IncomingHttpHeaders } from 'node:http'
import { Refused } from './refused.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/**
 * Throws where a request may come from a page of another origin. `Host` tells a name that somebody pointed to this machine,
 * `Origin` and `Sec-Fetch-Site` tell who asks; a program like curl sends neither of the two.
 */
export function guard({ method, path, headers }: Asked, port: number): void {
  const host = headers.host?.toLowerCase() ?? ''
  const own = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
  if (!own.includes(host))
    throw new Refused(403, `The inspector answers only to ${own.join(', ')}, and was asked as ${show(host)}`)
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': target } = headers
  const isVisit = path === '/' && mode === 'navigate' && target === 'document'
  if (method === 'GET' && isVisit && origin === undefined) return
  if (origin !== undefined && origin !== `http://${host}`)
    throw new Refused(403, `The inspector takes no request from ${show(origin)}: open http://${host}/ itself`)
  if (site !== undefined && !isOwn(method, String(site), origin))
    throw new Refused(403, `The inspector takes no request from another page: open http://${host}/ itself`)
  if ((method === 'POST' || method === 'PUT') && !isJson(headers['content-type']))
    throw new Refused(415, 'The inspector takes JSON only: send content-type: application/json')
}

/** `none` is the address bar, which changes nothing; a page of ours that changes something names its origin. */
function isOwn(method: string, site: string, origin: string | undefined): boolean {
  if (method === 'GET') return site === 'same-origin' || site === 'none'
  return site === 'same-origin' && origin !== undefined
}

function isJson(type: string | undefined): boolean {
  return type?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
