import { useEffect } from 'preact/hooks'
import { Announcer } from './announcer.tsx'
import { Detail } from './detail.tsx'
import { Header } from './header.tsx'
import { useLive, usePlace } from './hooks.ts'
import { useFocusOfList, useKeys } from './keys.ts'
import type { Live } from './live.ts'
import { isDeep, type Place } from './place.ts'
import { Plugins } from './plugins.tsx'
import { RequestList } from './request-list.tsx'
import { SendForm } from './send-form.tsx'

export function App() {
  const [live, source] = useLive()
  const { place, hasMoved } = usePlace()
  useKeys(place)
  useFocusOfList(place, live.isLoaded)
  useTitle(place)
  return (
    <div class="page">
      <Header live={live} place={place} />
      <main class={isDeep(place) ? 'panes is-deep' : 'panes'}>
        {place.view === 'plugins' ? (
          <Plugins chosen={place.id} state={live.state} />
        ) : (
          <>
            <RequestList
              live={live}
              source={source}
              chosen={place.view === 'requests' ? place.id : place.from}
            />
            <RequestPane place={place} live={live} hasMoved={hasMoved} />
          </>
        )}
      </main>
      <Announcer />
    </div>
  )
}

type RequestPlace = Exclude<Place, { view: 'plugins' }>

interface PaneOptions {
  readonly place: RequestPlace
  readonly live: Pick<Live, 'state' | 'requests'>
  readonly hasMoved: boolean
}

function RequestPane({ place, live, hasMoved }: PaneOptions) {
  const gateway = live.state?.gateway
  if (place.view === 'send')
    return <SendForm key={place.from} from={place.from} gateway={gateway} hasMoved={hasMoved} />
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
  const { id, tab } = place
  return <Detail key={id} id={id} tab={tab} summary={summary} gateway={gateway} hasMoved={hasMoved} />
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
