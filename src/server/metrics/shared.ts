/**
 * Gives what `make` makes to all who asked before it began, and then makes nothing for so many milliseconds: however
 * many ask, it takes a bounded part of the process's time, and nobody gets what is older than the question.
 */
export function shareMaking<T>(make: () => Promise<T>, pause: number): () => Promise<T> {
  let rested: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | undefined
  const begin = async (): Promise<T> => {
    await rested
    next = undefined
    const made = make()
    const rest = () => new Promise<void>((resolve) => setTimeout(resolve, pause).unref())
    rested = made.then(rest, rest)
    return made
  }
  return () => {
    next ??= begin()
    return next
  }
}
