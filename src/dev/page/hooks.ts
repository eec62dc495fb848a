import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type Live, type LiveSource, nothingYet, openLive } from './live.ts'
import { type Place, readPlace } from './place.ts'

/** What the gateway says, as long as the page stands. */
export function useLive(): [Live, LiveSource | undefined] {
  const [live, setLive] = useState<Live>(nothingYet)
  const [source, setSource] = useState<LiveSource>()
  useEffect(() => {
    const opened = openLive(setLive)
    setSource(opened)
    return () => opened.close()
  }, [])
  return [live, source]
}

/** Where the page is, and whether it was somewhere else before. */
export function usePlace(): { readonly place: Place; readonly hasMoved: boolean } {
  const [at, setAt] = useState({ hash: location.hash, hasMoved: false })
  useEffect(() => {
    const follow = () => setAt({ hash: location.hash, hasMoved: true })
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return { place: readPlace(at.hash), hasMoved: at.hasMoved }
}

export interface Loaded<Value> {
  readonly value?: Value
  readonly error?: string
  reload(): void
}

/** What `load` gives, asked for again when one of `inputs` changes; until then what was there before stays. */
export function useLoaded<Value>(load: () => Promise<Value>, inputs: readonly unknown[]): Loaded<Value> {
  const [loaded, setLoaded] = useState<{ value?: Value; error?: string }>({})
  const latest = useRef(0)
  const reload = useCallback(() => {
    const own = ++latest.current
    const settle = (next: { value?: Value; error?: string }) => own === latest.current && setLoaded(next)
    load().then(
      (value) => settle({ value }),
      (error: Error) => settle({ error: error.message }),
    )
  }, inputs)
  useEffect(() => {
    reload()
    return () => void latest.current++
  }, [reload])
  return { ...loaded, reload }
}
