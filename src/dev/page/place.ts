// Where the page is, as its address says behind `#`: every view can be linked to.

export const detailTabs = ['timeline', 'request', 'response', 'log'] as const

export type DetailTab = (typeof detailTabs)[number]

export type Place =
  | { readonly view: 'requests'; readonly id?: number; readonly tab: DetailTab }
  /** A new request, or `from` again. */
  | { readonly view: 'send'; readonly from?: number }
  | { readonly view: 'plugins'; readonly id?: string }

/** The place of an address; the list of requests where there is no such place. */
export function readPlace(hash: string): Place {
  const [view, id, tab] = hash.replace(/^#?\/?/, '').split('/')
  const number = /^\d+$/.test(id ?? '') ? { id: Number(id) } : {}
  if (view === 'plugins') return { view, ...(id && { id: decode(id) }) }
  if (view === 'send') return { view, ...('id' in number && { from: number.id }) }
  return { view: 'requests', ...number, tab: detailTabs.find((known) => known === tab) ?? 'timeline' }
}

/** The address of a place, with its `#`. */
export function addressOf(place: Place): string {
  if (place.view === 'plugins') return `#/plugins${place.id ? `/${encodeURIComponent(place.id)}` : ''}`
  if (place.view === 'send') return `#/send${place.from === undefined ? '' : `/${place.from}`}`
  if (place.id === undefined) return '#/requests'
  return `#/requests/${place.id}${place.tab === 'timeline' ? '' : `/${place.tab}`}`
}

/** Whether something stands beside the list, or on a phone in its place. */
export function isDeep(place: Place): boolean {
  return place.view === 'send' || place.id !== undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
