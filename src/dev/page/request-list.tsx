import { useMemo, useState } from 'preact/hooks'
import type { DevState } from '../inspector/api.ts'
import type { RequestSummary } from '../inspector/record.ts'
import { announce } from './announcer.tsx'
import { everything, type Filter, passes, statusClasses } from './filter.ts'
import type { Live, LiveSource } from './live.ts'
import { CopyButton, Status, Unseen } from './parts.tsx'
import { addressOf } from './place.ts'
import { formatDuration, formatTime, plural, visible } from './text.ts'

interface ListOptions {
  readonly live: Live
  readonly source: LiveSource | undefined
  /** The request that is open. */
  readonly chosen: number | undefined
}

export function RequestList({ live, source, chosen }: ListOptions) {
  const [filter, setFilter] = useState(everything)
  const [focused, setFocused] = useState<number>()
  const shown = live.requests.filter((request) => passes(request, filter))
  const entry = [focused, chosen].find((id) => shown.some((request) => request.id === id)) ?? shown[0]?.id
  return (
    <section class="pane list" aria-label="Requests">
      <Tools
        live={live}
        source={source}
        filter={filter}
        onFilter={(next) => setFilter((before) => ({ ...before, ...next }))}
        count={shown.length}
      />
      {live.isLoaded && live.requests.length === 0 && live.waiting === 0 && <Empty state={live.state} />}
      {live.requests.length > 0 && shown.length === 0 && (
        <p class="hint">No request passes the filter. Escape in the filter empties it.</p>
      )}
      <ol class="rows">
        {shown.map((request) => (
          <Row
            key={request.id}
            request={request}
            isChosen={request.id === chosen}
            isEntry={request.id === entry}
            onFocus={setFocused}
          />
        ))}
      </ol>
    </section>
  )
}

interface ToolOptions extends Omit<ListOptions, 'chosen'> {
  readonly filter: Filter
  readonly onFilter: (next: Partial<Filter>) => void
  readonly count: number
}

function Tools({ live, source, filter, onFilter, count }: ToolOptions) {
  const { isPaused, waiting, requests } = live
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter' && event.key !== 'Escape') return
    event.preventDefault()
    if (event.key === 'Escape' && (filter.text !== '' || filter.status !== 'all')) return onFilter(everything)
    document.querySelector<HTMLElement>('.rows a[tabindex="0"]')?.focus()
  }
  const clear = () =>
    source?.clear().then(
      () => announce('The list is empty.'),
      (error: Error) => announce(error.message),
    )
  return (
    <div class="tools">
      <input
        id="filter"
        type="search"
        aria-label="Filter by words, as POST alice"
        placeholder="Filter ( / )"
        value={filter.text}
        onInput={(event) => onFilter({ text: event.currentTarget.value })}
        onKeyDown={onKey}
      />
      <select
        aria-label="Filter by status"
        value={filter.status}
        onChange={(event) =>
          onFilter({
            status: statusClasses.find((status) => status === event.currentTarget.value) ?? 'all',
          })
        }
      >
        {statusClasses.map((status) => (
          <option key={status} value={status}>
            {status === 'all' ? 'all statuses' : status}
          </option>
        ))}
      </select>
      <button type="button" onClick={() => source?.pause(!isPaused)}>
        {isPaused ? `Resume${waiting > 0 ? ` (${waiting} new)` : ''}` : 'Pause'}
      </button>
      <button type="button" disabled={requests.length === 0} onClick={clear}>
        Clear
      </button>
      <p class="count">
        {count === requests.length
          ? plural(count, 'request')
          : `${count} of ${plural(requests.length, 'request')}`}
      </p>
    </div>
  )
}

function Empty({ state }: { state: DevState | undefined }) {
  const command = `curl -i ${state?.gateway.http ?? 'http://127.0.0.1:8000'}/`
  return (
    <div class="hint">
      <p>No request yet. Send one, and it appears here:</p>
      <pre>{command}</pre>
      <CopyButton text={command}>Copy</CopyButton>
    </div>
  )
}

interface RowOptions {
  readonly request: RequestSummary
  readonly isChosen: boolean
  /** Whether Tab leads into the list here. */
  readonly isEntry: boolean
  readonly onFocus: (id: number) => void
}

/** The element is made anew only where something changed, so that a long list costs little. */
function Row({ request, isChosen, isEntry, onFocus }: RowOptions) {
  return useMemo(() => {
    const { id, method, url, duration, startedAt, kind, failed } = request
    return (
      <li>
        <a
          href={addressOf({ view: 'requests', id, tab: 'timeline' })}
          aria-current={isChosen ? 'true' : undefined}
          tabIndex={isEntry ? 0 : -1}
          onFocus={() => onFocus(id)}
        >
          <Status request={request} />
          <span class="method">{visible(method)}</span>
          <span class="url">{visible(url.slice(0, 300))}</span>
          <span class="duration">{duration === undefined ? '' : formatDuration(duration)}</span>
          <time dateTime={new Date(startedAt).toISOString()}>{formatTime(startedAt).slice(0, -4)}</time>
          <span class="more-facts">
            {failed && (
              <strong class="bad">
                <Unseen>handler </Unseen>failed
              </strong>
            )}{' '}
            {kind !== 'http' && <span>{kind}</span>} <Fact name="route" value={request.route} />{' '}
            <Fact name="consumer" value={request.consumer} /> <Fact name="host" value={request.host} />
          </span>
        </a>
      </li>
    )
  }, [request, isChosen, isEntry])
}

/** Sighted people tell by its place what it is. */
function Fact({ name, value }: { name: string; value: string | undefined }) {
  if (!value) return null
  return (
    <span>
      <Unseen>{name} </Unseen>
      {visible(value)}
    </span>
  )
}
