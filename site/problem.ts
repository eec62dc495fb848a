/** What is wrong with the documentation, and where. */
export interface Problem {
  /** Path from the repository's root. */
  readonly file: string
  /** Counted from 1; absent where no line is to blame. */
  readonly line?: number
  /** What, with the values, and what to do. */
  readonly text: string
}

/** `docs/watch.md:12: Cannot ...`: an editor or a terminal leads to the line. */
export function sentenceOf({ file, line, text }: Problem): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${text}`
}
