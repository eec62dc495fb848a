/** What keeps a binary from running, or from doing its work, on a target. */
export interface Incompatibility {
  readonly name: string
  /** What the target has; with a lock file, what is in the binary. */
  readonly have: string
  /** What the binary wants; with a lock file, what that says. */
  readonly want: string
  /** What to do about it. */
  readonly advice: string
}

export interface Findings {
  readonly incompatibilities: readonly Incompatibility[]
  /** What is worth knowing, but counts as no incompatibility: a sentence each. */
  readonly notes: readonly string[]
}

export const nothing: Findings = { incompatibilities: [], notes: [] }

export function found(...incompatibilities: Incompatibility[]): Findings {
  return { incompatibilities, notes: [] }
}

export function noted(...notes: string[]): Findings {
  return { incompatibilities: [], notes }
}

export function joinFindings(...parts: readonly Findings[]): Findings {
  return {
    incompatibilities: parts.flatMap(({ incompatibilities }) => incompatibilities),
    notes: parts.flatMap(({ notes }) => notes),
  }
}

/** `a, b and 3 more`. */
export function listSome(words: readonly string[], most = 4): string {
  if (words.length <= most) return words.join(', ')
  return `${words.slice(0, most).join(', ')} and ${words.length - most} more`
}
