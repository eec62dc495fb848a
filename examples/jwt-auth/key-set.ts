import { get } from 'node:https'
import type { JSONWebKeySet } from 'jose'

export interface KeySetSource {
  readonly uri: string
  /** PEM; without it Node's own list of authorities. */
  readonly ca: string | undefined
  /** Milliseconds for all of it. */
  readonly timeout: number
}

const mostBytes = 262_144
const mostKeys = 100

/** Fetches a key set over TLS: no redirects, no more than 256 kB, and in time. */
export async function fetchKeySet(source: KeySetSource): Promise<JSONWebKeySet> {
  const keySet = JSON.parse(await textOf(source)) as JSONWebKeySet | null
  if (!Array.isArray(keySet?.keys)) throw new Error('It is no JSON Web Key Set')
  if (keySet.keys.length > mostKeys)
    throw new Error(`It has ${keySet.keys.length} keys, which is more than ${mostKeys}`)
  return keySet
}

function textOf({ uri, ca, timeout }: KeySetSource): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeout)
    const late = () => new Error(`There was no answer for ${timeout} ms`)
    const fail = (error: Error) => reject(signal.aborted ? late() : error)
    const options = { signal, agent: false, headers: { accept: 'application/json' }, ...(ca && { ca }) }
    const request = get(uri, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.length > mostBytes) request.destroy(new Error(`It has more than ${mostBytes} bytes`))
      })
      response.on('error', fail)
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(text)
          : reject(new Error(`The status is ${response.statusCode}`)),
      )
    })
    request.on('error', fail)
  })
}
