import { BuildError } from '../../errors.ts'

/** Counts; past the limit it throws the sentence. An archive of a few KB can ask for years of work. */
export type Count = (amount?: number) => void

export function limit(most: number, sentence: string): Count {
  let sum = 0
  return (amount = 1) => {
    sum += amount
    if (sum > most) throw new BuildError(sentence)
  }
}

/** What one pass over an archive may take; those of layers are counted with it. */
export interface Limits {
  readonly bytes: Count
  readonly entries: Count
  readonly headerBytes: Count
}

/** Twenty times what a stock image of Kong has. */
export const mostEntries = 500_000
const mostBytes = 2 ** 34
/** Images shrink to a third; what shrinks to less than a hundredth is no image, unless it is small. */
const smallest = 2 ** 28
const mostTimes = 100
const mostHeaderBytes = 2 ** 26

export function limitsOf(fileSize: number): Limits {
  const most = Math.min(mostBytes, smallest + mostTimes * fileSize)
  return {
    bytes: limit(most, `it unpacks to more than ${most} bytes, as no image of its size does`),
    entries: limit(mostEntries, `it holds more than ${mostEntries} files`),
    headerBytes: limit(mostHeaderBytes, `the names in it take more than ${mostHeaderBytes} bytes`),
  }
}
