import { encodeText } from '../wire/text.ts'
import { firstHeader } from './headers.ts'
import type { World } from './world.ts'

/** A page of Kong's own. */
export interface Page {
  readonly type: string
  readonly body: Buffer
}

/** What the client gets for an error, in the type that it accepts or in the one that is given. */
export function errorPage(world: World, status: number, message?: string, type?: string): Page {
  const chosen = type ?? acceptedType(firstHeader(world.upstream.request.headers, 'accept'))
  const words = message ?? sentences[status] ?? `The upstream server responded with ${status}`
  const page = pages[chosen.split(';')[0] ?? ''] ?? pages['application/json']!
  return { type: chosen, body: encodeText(page(words, world.requestId)) }
}

const json = 'application/json; charset=utf-8'
const types: Readonly<Record<string, string>> = {
  'text/html': 'text/html; charset=utf-8',
  'text/plain': 'text/plain; charset=utf-8',
  'text/*': 'text/plain; charset=utf-8',
  'application/xml': 'application/xml; charset=utf-8',
}

/** The type with the highest quality; the first of several. */
export function acceptedType(accept: string | undefined): string {
  let best = json
  let most = 0
  for (const range of accept?.split(',') ?? []) {
    const [media = '', ...attributes] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = Number(attributes.find((part) => /^q\s*=/.test(part))?.split('=')[1] ?? 1)
    if (!/^[^/\s]+\/[^/\s]+$/.test(media) || !(quality > most)) continue
    most = quality
    best = types[media] ?? json
  }
  return best
}

const pages: Readonly<Record<string, (message: string, id: string) => string>> = {
  'application/json': (message, id) => `{\n  "message":"${message}",\n  "request_id":"${id}"\n}`,
  'text/plain': (message, id) => `${message}\nrequest_id: ${id}\n`,
  'text/html': (message, id) =>
    [
      '<!doctype html>',
      '<html>',
      '  <head>',
      '    <meta charset="utf-8">',
      '    <title>Error</title>',
      '  </head>',
      '  <body>',
      '    <h1>Error</h1>',
      `    <p>${message}.</p>`,
      `    <p>request_id: ${id}</p>`,
      '  </body>',
      '</html>',
      '',
    ].join('\n'),
  'application/xml': (message, id) =>
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<error>',
      `  <message>${message}</message>`,
      `  <requestid>${id}</requestid>`,
      '</error>',
      '',
    ].join('\n'),
}

/** Kong's sentences for a status without a message. */
const sentences: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  402: 'Payment required',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  407: 'Proxy authentication required',
  408: 'Request timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length required',
  412: 'Precondition failed',
  413: 'Payload too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  417: 'Expectation failed',
  418: "I'm a teapot",
  421: 'Misdirected request',
  422: 'Unprocessable entity',
  423: 'Locked',
  424: 'Failed dependency',
  425: 'Too early',
  426: 'Upgrade required',
  428: 'Precondition required',
  429: 'Too many requests',
  431: 'Request header fields too large',
  451: 'Unavailable for legal reasons',
  494: 'Request header or cookie too large',
  500: 'An unexpected error occurred',
  501: 'Not implemented',
  502: 'An invalid response was received from the upstream server',
  503: 'The upstream server is currently unavailable',
  504: 'The upstream server is timing out',
  505: 'HTTP version not supported',
  506: 'Variant also negotiates',
  507: 'Insufficient storage',
  508: 'Loop detected',
  510: 'Not extended',
  511: 'Network authentication required',
}
