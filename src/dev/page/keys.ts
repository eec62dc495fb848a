import { useEffect, useRef } from 'preact/hooks'
import { addressOf, isDeep, type Place } from './place.ts'

/** `/` goes to the filter, `j` and `k` along the list, Escape back to it. */
export function useKeys(place: Place): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return
      const target = event.key === '/' ? document.getElementById('filter') : rowFor(event.key)
      if (target?.checkVisibility()) {
        event.preventDefault()
        target.focus()
      }
      if (event.key === 'Escape' && isDeep(place))
        location.hash = place.view === 'plugins' ? '#/plugins' : '#/requests'
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [addressOf(place)])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('input:not([type=checkbox]), textarea, select')
}

/** The row that a key leads to, from the one that has the focus or else from the one that is open. */
function rowFor(key: string): HTMLElement | undefined {
  const rows = [...document.querySelectorAll<HTMLElement>('.rows a')]
  const focused = document.activeElement
  const own = rows.findIndex((row) => row.matches(':focus'))
  const at = own === -1 ? rows.findIndex((row) => row.ariaCurrent === 'true') : own
  const last = rows.length - 1
  if (key === 'j') return rows[Math.min(at + 1, last)]
  if (key === 'k') return rows[Math.max(at - 1, 0)]
  // What else can scroll keeps the keys that scroll it.
  if (focused?.closest('.detail, .about, .problems')) return undefined
  if (key === 'ArrowDown') return rows[Math.min(at + 1, last)]
  if (key === 'ArrowUp') return rows[Math.max(at - 1, 0)]
  if (own === -1) return undefined
  return key === 'Home' ? rows[0] : key === 'End' ? rows[last] : undefined
}

/** Where the page goes back to the list and leaves the focus nowhere, the row that was open gets it, once it is there. */
export function useFocusOfList(place: Place, isLoaded: boolean): void {
  const before = useRef(place)
  const left = useRef<Place | undefined>(undefined)
  useEffect(() => {
    left.current = isDeep(before.current) && !isDeep(place) ? before.current : undefined
    before.current = place
  }, [addressOf(place)])
  useEffect(() => {
    if (left.current === undefined || document.activeElement !== document.body) return
    const row = document.querySelector<HTMLElement>(`.rows a[href="${rowAddress(left.current)}"]`)
    const entry = row ?? document.querySelector<HTMLElement>('.rows a[tabindex="0"]')
    entry?.focus()
  }, [addressOf(place), isLoaded])
}

function rowAddress(place: Place): string {
  if (place.view === 'plugins') return addressOf(place)
  const id = place.view === 'send' ? place.from : place.id
  return addressOf({ view: 'requests', ...(id !== undefined && { id }), tab: 'timeline' })
}
