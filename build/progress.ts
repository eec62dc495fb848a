/** Who watches a build. */
export interface Progress {
  /** A line that stays. */
  report(line: string): void
  /** What goes on now, for a terminal that shows it until the next step. */
  step(text: string): void
}
