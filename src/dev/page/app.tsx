import { useEffect } from 'preact/hooks'
import { Announcer } from './announcer.tsx'
import { Detail } from './detail.tsx'
import { Header } from './header.tsx'
import { useLive, usePlace } from './hooks.ts'
import type { Live } from './live.ts'
import { addressOf, type Place } from './place.ts'
import { Plugins } from './plugins.tsx'
import { RequestList } from './request-list.tsx'
import { SendForm } from './send-form.tsx'

export function App() {
  const [live, source] = useLive()
  const place = usePlace()
  useKeys(place)
  useTitle(place)
  const isDeep = place.view === 'send' || place.id !== undefined
  return (
    <div class="page">
      <Header live={live} place={place} />
      <main class={isDeep ? 'panes is-deep' : 'panes'}>
        {place.view === 'plugins' ? (
          <Plugins chosen={place.id} state={live.state} />
        ) : (
          <>
            <RequestList
              live={live}
              source={source}
              chosen={place.view === 'requests' ? place.id : place.from}
            />
            <RequestPane place={place} live={live} />
          </>
        )}
      </main>
      <Announcer />
    </div>
  )
}

type RequestPlace = Exclude<Place, { view: 'plugins' }>

function RequestPane({ place, live }: { place: RequestPlace; live: Pick<Live, 'state' | 'requests'> }) {
  const gateway = live.state?.gateway
  if (place.view === 'send') return <SendForm key={place.from} from={place.from} gateway={gateway} />
  if (place.id === undefined)
    return (
      <section class="pane detail is-empty" aria-label="Details">
        <p>Choose a request to see what happened to it.</p>
        <p class="keys">
          <kbd>/</kbd> filter, <kbd>j</kbd> <kbd>k</kbd> up and down, <kbd>Enter</kbd> open, <kbd>Esc</kbd>{' '}
          back
        </p>
      </section>
    )
  const summary = live.requests.find(({ id }) => id === place.id)
  return <Detail key={place.id} id={place.id} tab={place.tab} summary={summary} gateway={gateway} />
}

function useTitle(place: Place): void {
  const about = {
    requests: place.view === 'requests' && place.id !== undefined ? `Request ${place.id}` : 'Requests',
    plugins: 'Plugins',
    send: 'New request',
  }[place.view]
  useEffect(() => {
    document.title = `${about} - kong-ts inspector`
  }, [about])
}

/** `/` goes to the filter, Escape back to the list. */
function useKeys(place: Place): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return
      if (event.key === '/') {
        const filter = document.getElementById('filter')
        if (!filter) return
        event.preventDefault()
        filter.focus()
      }
      if (event.key === 'Escape') goBack(place)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [addressOf(place)])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('input:not([type=checkbox]), textarea, select')
}

function goBack(place: Place): void {
  if (place.view !== 'send' && place.id === undefined) return
  location.hash = place.view === 'plugins' ? '#/plugins' : '#/requests'
  const link = document.querySelector<HTMLElement>('.rows a[aria-current], .rows a[tabindex="0"]')
  requestAnimationFrame(() => link?.focus())
}
