import type { RecordedMessage } from '../inspector/record.ts'
import { portableHeaders } from './header-lines.ts'

/**
 * A command for sh that sends the request again, to the gateway at `address` (`http://127.0.0.1:8000`). Of a body that was
 * cut it has what was recorded.
 */
export function curlCommand(request: RecordedMessage, address: string): string {
  const { method, url, body } = request
  const headers = portableHeaders(request.headers)
  const has = (name: string) => headers.some(([own]) => own.toLowerCase() === name)
  const isText = body.text !== undefined && !body.text.includes('\0')
  const hasBody = body.size > 0
  const parts = [
    'curl -i',
    ...(method === 'HEAD' ? ['--head'] : method === 'GET' && !hasBody ? [] : [`-X ${quote(method)}`]),
    ...(address.startsWith('https:') ? ['--insecure'] : []), // the gateway's certificate was made on the spot
    ...(/[[\]{}]/.test(url) ? ['--globoff'] : []),
    ...(/\/\.{1,2}(\/|\?|$)/.test(url) ? ['--path-as-is'] : []),
    quote(`${address}${url}`),
    ...headers.map(([name, value]) => `-H ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`),
    // what curl would add of its own
    ...['accept', 'user-agent', ...(hasBody ? ['content-type'] : [])]
      .filter((name) => !has(name))
      .map((name) => `-H ${quote(`${name}:`)}`),
    ...(hasBody ? [isText ? `--data-raw ${quote(body.text ?? '')}` : '--data-binary @-'] : []),
  ]
  const command = parts.join(' \\\n  ')
  return hasBody && !isText ? `echo ${quote(base64Of(request))} | base64 -d | ${command}` : command
}

/** One word of sh, whatever is in it. */
function quote(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function base64Of({ body }: RecordedMessage): string {
  if (body.base64 !== undefined) return body.base64
  const bytes = new TextEncoder().encode(body.text ?? '')
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
