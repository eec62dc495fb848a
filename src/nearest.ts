/** The word that a name was meant to be, if one is near enough. */
export function nearest(name: string, words: readonly string[], most = 2): string | undefined {
  const [best] = words
    .map((word) => ({ word, slips: distance(name.toLowerCase(), word.toLowerCase()) }))
    .filter(({ slips }) => slips <= most)
    .sort((a, b) => a.slips - b.slips)
  return best?.word
}

/** Slips of the hand between two words: a letter inserted, left out or replaced, or two neighbours swapped. */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, index) => index)]
  for (let row = 1; row <= from.length; row++) {
    rows.push([row])
    for (let at = 1; at <= to.length; at++) {
      const same = from[row - 1] === to[at - 1] ? 0 : 1
      const swapped = row > 1 && at > 1 && from[row - 1] === to[at - 2] && from[row - 2] === to[at - 1]
      rows[row]![at] = Math.min(
        rows[row - 1]![at]! + 1,
        rows[row]![at - 1]! + 1,
        rows[row - 1]![at - 1]! + same,
        swapped ? rows[row - 2]![at - 2]! + 1 : Number.POSITIVE_INFINITY,
      )
    }
  }
  return rows[from.length]![to.length]!
}
