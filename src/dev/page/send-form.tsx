import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { DevState } from '../inspector/api.ts'
import type { RecordedRequest } from '../inspector/record.ts'
import { announce } from './announcer.tsx'
import { listRequests, readRequest, sendRequest } from './api.ts'
import { portableHeaders, readHeaders, writeHeaders } from './header-lines.ts'
import { useLoaded } from './hooks.ts'
import { Fault } from './parts.tsx'
import { addressOf } from './place.ts'

type Gateway = DevState['gateway'] | undefined

interface SendOptions {
  readonly from: number | undefined
  readonly gateway: Gateway
  /** Whether the page was somewhere else before. */
  readonly hasMoved: boolean
}

/** A new request, or one that came, again and edited. */
export function SendForm({ from, gateway, hasMoved }: SendOptions) {
  const { value: request, error } = useLoaded(
    async () => (from === undefined ? null : await readRequest(from)),
    [from],
  )
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    if (hasMoved) heading.current?.focus()
  }, [])
  return (
    <section class="pane detail" aria-label={from === undefined ? 'New request' : `Request ${from} again`}>
      <a class="back" href={backOf(from)}>
        Back
      </a>
      <h2 ref={heading} tabIndex={-1}>
        {from === undefined ? 'New request' : `Send request ${from} again`}
      </h2>
      {error && <Fault>{error}</Fault>}
      {request !== undefined && <Fields request={request} gateway={gateway} />}
    </section>
  )
}

function backOf(from: number | undefined): string {
  return from === undefined ? '#/requests' : addressOf({ view: 'requests', id: from, tab: 'timeline' })
}

interface Draft {
  readonly method: string
  readonly url: string
  readonly headers: string
  readonly body: string
  readonly tls: boolean
}

function Fields({ request, gateway }: { request: RecordedRequest | null; gateway: Gateway }) {
  const [draft, setDraft] = useState(() => draftOf(request))
  const [fault, setFault] = useState<string>()
  const [isSending, setSending] = useState(false)
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }))
  const send = async (event: Event) => {
    event.preventDefault()
    if (isSending) return
    const problem = problemOf(draft)
    setFault(problem)
    if (problem !== undefined) return
    setSending(true)
    try {
      const { status, requestId } = await sendRequest(sendable(draft))
      await choose(status, requestId)
    } catch (error) {
      setFault((error as Error).message)
    } finally {
      setSending(false)
    }
  }
  return (
    <form class="send" onSubmit={send}>
      <div class="first-line">
        <Field id="send-method" name="Method">
          <input
            id="send-method"
            list="methods"
            autocomplete="off"
            spellcheck={false}
            value={draft.method}
            onInput={(event) => change({ method: event.currentTarget.value })}
          />
          <datalist id="methods">
            {['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((method) => (
              <option key={method} value={method} />
            ))}
          </datalist>
        </Field>
        <Field id="send-url" name="Path and query">
          <input
            id="send-url"
            autocomplete="off"
            spellcheck={false}
            value={draft.url}
            onInput={(event) => change({ url: event.currentTarget.value })}
          />
        </Field>
      </div>
      <Field id="send-headers" name="Headers, one name: value a line">
        <textarea
          id="send-headers"
          rows={Math.min(14, Math.max(4, draft.headers.split('\n').length))}
          spellcheck={false}
          value={draft.headers}
          onInput={(event) => change({ headers: event.currentTarget.value })}
        />
      </Field>
      <Field id="send-body" name="Body">
        <textarea
          id="send-body"
          rows={6}
          spellcheck={false}
          value={draft.body}
          onInput={(event) => change({ body: event.currentTarget.value })}
        />
      </Field>
      {request && <BodyNote request={request} />}
      {gateway?.https && (
        <label class="check">
          <input
            type="checkbox"
            checked={draft.tls}
            onChange={(event) => change({ tls: event.currentTarget.checked })}
          />{' '}
          over TLS, to {gateway.https}
        </label>
      )}
      {fault && <Fault>{fault}</Fault>}
      <div class="actions">
        <button type="submit" class="main" aria-disabled={isSending}>
          {isSending ? 'Sending' : 'Send'}
        </button>
      </div>
    </form>
  )
}

function Field({ id, name, children }: { id: string; name: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {children}
    </div>
  )
}

function BodyNote({ request: { came } }: { request: RecordedRequest }) {
  const { base64, isCut } = came.body
  if (base64 !== undefined)
    return <p class="hint">The body that came is not text, so it is not filled in here.</p>
  return isCut ? <p class="hint">Only the start of the body that came was kept: this is it.</p> : null
}

function draftOf(request: RecordedRequest | null): Draft {
  if (!request) return { method: 'GET', url: '/', headers: '', body: '', tls: false }
  const { method, url, headers, body, scheme } = request.came
  return {
    method,
    url,
    headers: writeHeaders(portableHeaders(headers)),
    body: body.text ?? '',
    tls: scheme === 'https',
  }
}

function problemOf({ method, url, headers }: Draft): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(method)) return `"${method}" cannot be a method: write one word, as GET.`
  if (method.toUpperCase() === 'CONNECT') return 'Method cannot be CONNECT: the gateway is no proxy for it.'
  if (!url.trim().startsWith('/')) return 'Path and query has to begin with a slash, as /hello?name=x.'
  const read = readHeaders(headers)
  return read.ok ? undefined : `Line ${read.line} of the headers ${read.reason}.`
}

function sendable({ method, url, headers, body, tls }: Draft) {
  const read = readHeaders(headers)
  return { method, url: escaped(url), headers: read.ok ? read.headers : [], body, ...(tls && { tls }) }
}

/** A path as a request's first line can have it: what is there escaped stays. */
function escaped(url: string): string {
  return url
    .trim()
    .toWellFormed()
    .replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}

/** Opens what was recorded of a request that was sent. */
async function choose(status: number, requestId: string | undefined): Promise<void> {
  const found = (await listRequests()).find((request) => request.requestId === requestId)
  if (!found) throw new Error(`The gateway answered ${status}, and recorded no such request.`)
  announce(`The answer has status ${status}.`)
  location.hash = addressOf({ view: 'requests', id: found.id, tab: 'timeline' })
}
