import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { RequestSummary } from '../inspector/record.ts'
import { announce } from './announcer.tsx'
import { formatJson } from './json-text.ts'
import { statusWords, visible } from './text.ts'

/** Text that only a screen reader gets. */
export function Unseen({ children }: { children: ComponentChildren }) {
  return <span class="unseen">{children}</span>
}

/** How a request ended: its status, or a word. */
export function Status({ request }: { request: Pick<RequestSummary, 'status' | 'state'> }) {
  const { status, state } = request
  if (state === 'running') return <span class="status running">running</span>
  if (status === undefined || state === 'aborted')
    return <span class={`status ${state === 'done' ? 'plain' : 'broken'}`}>{state}</span>
  return (
    <span class={`status of-${Math.floor(status / 100)}`}>
      {status} <Unseen>{statusWords(status)}</Unseen>
    </span>
  )
}

interface LongTextOptions {
  readonly text: string
  /** Characters that are shown at first. */
  readonly limit?: number
  readonly name: string
  /** The same, easier to read, for who wants all of it. */
  readonly formatted?: string | undefined
}

/** Text of which a start is shown, until a person wants all of it. */
export function LongText({ text, limit = 240, name, formatted }: LongTextOptions) {
  const [isOpen, setOpen] = useState(false)
  if (text.length <= limit) return <bdi>{visible(text)}</bdi>
  return (
    <>
      {isOpen && formatted !== undefined ? (
        <bdi class="formatted">{visible(formatted)}</bdi>
      ) : (
        <bdi>{visible(isOpen ? text : text.slice(0, limit))}</bdi>
      )}
      {isOpen ? ' ' : '… '}
      <button type="button" class="more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'show less' : `show all ${text.length.toLocaleString('en')} characters`}
        <Unseen> of {name}</Unseen>
      </button>
    </>
  )
}

/** A value of JSON, on one line; nil where there is none. All of a long one is on several lines, as is JSON in a text. */
export function Value({ value, name }: { value: unknown; name: string }) {
  if (value === undefined || value === null) return <span class="nil">nil</span>
  const text = JSON.stringify(value)
  const formatted =
    text.length > longestValue ? formatJson(typeof value === 'string' ? value : text) : undefined
  return <LongText text={text} limit={longestValue} name={name} formatted={formatted} />
}

const longestValue = 160

/** Puts text into the clipboard, or shows it to be copied by hand. */
export function CopyButton({ text, children }: { text: string; children: string }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      announce('Copied.')
    } catch {
      prompt('The browser does not let this page copy. Copy it from here:', text)
    }
  }
  return (
    <button type="button" onClick={copy}>
      {isCopied ? 'Copied' : children}
    </button>
  )
}

/** A sentence about something that failed. */
export function Fault({ children }: { children: ComponentChildren }) {
  return (
    <p class="fault" role="alert">
      {children}
    </p>
  )
}
