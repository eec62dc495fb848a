import { TestingError } from './errors.ts'

/** The promise's result; after so many milliseconds what `late` gives or throws takes its place. */
export async function within<T>(limit: number, promise: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit)
  })
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), expired])
    return first === undefined ? late() : first.value
  } finally {
    clearTimeout(timer)
  }
}

export function tooLate(limit: number, what: string): () => never {
  return () => {
    throw new TestingError(`${what} within ${limit} ms: raise limit where it needs longer`)
  }
}
