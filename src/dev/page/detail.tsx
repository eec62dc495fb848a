import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { DevState } from '../inspector/api.ts'
import type { RecordedRequest, RequestSummary } from '../inspector/record.ts'
import { readRequest } from './api.ts'
import { RequestChanges, ResponseChanges } from './changes.tsx'
import { curlCommand } from './curl.ts'
import { Failures } from './failures.tsx'
import { useLoaded } from './hooks.ts'
import { Log } from './log.tsx'
import { CopyButton, Fault, Status } from './parts.tsx'
import { addressOf, type DetailTab, detailTabs } from './place.ts'
import { TestDialog } from './test-dialog.tsx'
import { formatDuration, formatTime, visible } from './text.ts'
import { Timeline } from './timeline-view.tsx'

interface DetailOptions {
  readonly id: number
  readonly tab: DetailTab
  /** Changes when the record has more to show. */
  readonly summary: RequestSummary | undefined
  readonly gateway: DevState['gateway'] | undefined
  /** Whether the page was somewhere else before: then a person's keys belong here now. */
  readonly hasMoved: boolean
}

export function Detail({ id, tab, summary, gateway, hasMoved }: DetailOptions) {
  const { value: request, error } = useLoaded(() => readRequest(id), [id, summary])
  const heading = useRef<HTMLHeadingElement>(null)
  const isThere = request !== undefined
  useLayoutEffect(() => {
    const focused = document.activeElement
    if (hasMoved && (focused === document.body || focused?.closest('.rows'))) heading.current?.focus()
  }, [isThere])
  return (
    <section class="pane detail" aria-label={`Request ${id}`}>
      <a class="back" href="#/requests">
        Back to the list
      </a>
      {error && <Fault>{error}</Fault>}
      {request && (
        <>
          <h2 ref={heading} tabIndex={-1}>
            <span class="method">{visible(request.method)}</span> {visible(request.url.slice(0, 2000))}
          </h2>
          <Summary request={request} />
          <Actions request={request} gateway={gateway} />
          <Tabs request={request} tab={tab} />
        </>
      )}
    </section>
  )
}

const sources = {
  service: 'from the service',
  exit: 'from a plugin',
  error: 'an error, from Kong',
}

function Summary({ request }: { request: RecordedRequest }) {
  const { duration, response, client, service, route, consumer, requestId, startedAt, kind, host } = request
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Took', duration === undefined ? undefined : formatDuration(duration)],
    ['At', formatTime(startedAt)],
    ['Kind', kind],
    ['Host', host || undefined],
    ['Consumer', consumer],
    ['Route', route],
    ['Service', service],
    ['Client', `${client.ip}:${client.port}`],
    ['Request id', requestId],
  ]
  return (
    <dl class="summary">
      <div>
        <dt>Status</dt>
        <dd>
          <Status request={request} /> {response && sources[response.source]}
        </dd>
      </div>
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{visible(value)}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

function Actions({ request, gateway }: { request: RecordedRequest; gateway: DetailOptions['gateway'] }) {
  const [isExporting, setExporting] = useState(false)
  const { id, kind, came } = request
  const address = came.scheme === 'https' ? (gateway?.https ?? gateway?.http) : gateway?.http
  return (
    <div class="actions">
      {kind === 'http' && (
        <a class="button" href={addressOf({ view: 'send', from: id })}>
          Send again
        </a>
      )}
      {kind === 'http' && address && <CopyButton text={curlCommand(came, address)}>Copy as curl</CopyButton>}
      <button type="button" onClick={() => setExporting(true)}>
        Export as test
      </button>
      {isExporting && <TestDialog request={request} onClose={() => setExporting(false)} />}
    </div>
  )
}

const tabNames: Readonly<Record<DetailTab, string>> = {
  timeline: 'Timeline',
  request: 'Request',
  response: 'Response',
  log: 'Log',
}

function Tabs({ request, tab }: { request: RecordedRequest; tab: DetailTab }) {
  const list = useRef<HTMLDivElement>(null)
  const go = (next: DetailTab) => {
    location.replace(addressOf({ view: 'requests', id: request.id, tab: next }))
  }
  const onKey = (event: KeyboardEvent) => {
    const next = detailTabs.at(stepOf(event.key, detailTabs.indexOf(tab)) ?? -9)
    if (!next) return
    event.preventDefault()
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
    go(next)
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label="What happened" ref={list}>
        {detailTabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === tab}
            aria-controls="tab-panel"
            tabIndex={name === tab ? 0 : -1}
            onClick={() => go(name)}
            onKeyDown={onKey}
          >
            {tabNames[name]}
            {name === 'log' && request.logs.length > 0 && <span class="number"> {request.logs.length}</span>}
          </button>
        ))}
      </div>
      <div class="panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>
        {tab === 'timeline' && (
          <>
            <Failures failures={request.failures} />
            <Timeline request={request} />
          </>
        )}
        {tab === 'request' && <RequestChanges request={request} />}
        {tab === 'response' && <ResponseChanges request={request} />}
        {tab === 'log' && <Log logs={request.logs} more={request.moreLogs ?? 0} />}
      </div>
    </>
  )
}

/** The tab that a key leads to; from the last one on to the first. */
function stepOf(key: string, at: number): number | undefined {
  const count = detailTabs.length
  const steps: Record<string, number> = {
    ArrowRight: (at + 1) % count,
    ArrowLeft: (at - 1 + count) % count,
    Home: 0,
    End: count - 1,
  }
  return steps[key]
}
