import { Session } from 'node:inspector'
import { pathToFileURL } from 'node:url'
import { parse } from 'acorn'

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

/**
 * Counts the tokens of a script that run, each as often as it runs, from V8's own block counters. So names and comments
 * cost nothing, and neither does what Node itself does for the script.
 */
export class StepCounter {
  readonly #url: string
  readonly #tokens: readonly number[]
  readonly #inspector = new Session()

  /** To be made before the script is loaded: what V8 compiled earlier has no counters. */
  constructor(file: string, source: string) {
    this.#url = pathToFileURL(file).href
    const tokens: number[] = []
    parse(source, { ecmaVersion: 'latest', onToken: ({ start }) => tokens.push(start) })
    this.#tokens = tokens
    this.#inspector.connect()
    this.#inspector.post('Profiler.enable')
    this.#inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** The steps since the last call. */
  take(): number {
    let ranges: Range[] = []
    this.#inspector.post('Profiler.takePreciseCoverage', (_error, { result }) => {
      const script = result.find(({ url }) => url === this.#url)
      ranges = (script?.functions ?? []).flatMap((one) => one.ranges)
    })
    return this.#sum(ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset))
  }

  /** Ranges lie within each other, and a token has the count of the innermost one around it. */
  #sum(ranges: readonly Range[]): number {
    const around: Range[] = []
    let sum = 0
    for (const range of ranges) {
      while (around.length > 0 && around.at(-1)!.endOffset <= range.startOffset) around.pop()
      const tokens = this.#tokensBefore(range.endOffset) - this.#tokensBefore(range.startOffset)
      sum += tokens * (range.count - (around.at(-1)?.count ?? 0))
      around.push(range)
    }
    return sum
  }

  #tokensBefore(offset: number): number {
    let low = 0
    let high = this.#tokens.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#tokens[middle]! < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
