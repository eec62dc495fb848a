import type { Header } from '../inspector/record.ts'

export type Change = 'same' | 'added' | 'removed' | 'changed'

/** A header by its name, with all its values. */
export interface HeaderChange {
  readonly name: string
  readonly change: Change
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** What became of headers: changes first, in the order in which the names came. */
export function diffHeaders(before: readonly Header[], after: readonly Header[]): readonly HeaderChange[] {
  const [old, young] = [byName(before), byName(after)]
  const rows = [...new Set([...old.keys(), ...young.keys()])].map((name): HeaderChange => {
    const [was, is] = [old.get(name) ?? [], young.get(name) ?? []]
    return { name, change: changeOf(was, is), before: was, after: is }
  })
  return [
    ...rows.filter(({ change }) => change !== 'same'),
    ...rows.filter(({ change }) => change === 'same'),
  ]
}

function byName(headers: readonly Header[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const values = found.get(name.toLowerCase())
    if (values) values.push(value)
    else found.set(name.toLowerCase(), [value])
  }
  return found
}

function changeOf(before: readonly string[], after: readonly string[]): Change {
  if (before.length === 0) return 'added'
  if (after.length === 0) return 'removed'
  return before.length === after.length && before.every((value, index) => value === after[index])
    ? 'same'
    : 'changed'
}

export interface LineChange {
  readonly change: 'same' | 'added' | 'removed'
  readonly text: string
}

/** How many comparisons of lines a diff may take, and how many lines may differ. */
const [effort, mostChanges] = [250_000, 2000]

/** The lines of both texts in one list, or undefined where the texts differ in too many lines to compare. */
export function diffLines(before: string, after: string): readonly LineChange[] | undefined {
  const [old, young] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < old.length && start < young.length && old[start] === young[start]) start++
  let end = 0
  const rest = Math.min(old.length, young.length) - start
  while (end < rest && old.at(-1 - end) === young.at(-1 - end)) end++
  const [oldMiddle, youngMiddle] = [
    old.slice(start, old.length - end),
    young.slice(start, young.length - end),
  ]
  const [product, sum] = [oldMiddle.length * youngMiddle.length, oldMiddle.length + youngMiddle.length]
  if (product > effort || sum > mostChanges) return undefined
  return [
    ...old.slice(0, start).map(same),
    ...diffMiddle(oldMiddle, youngMiddle),
    ...old.slice(old.length - end).map(same),
  ]
}

/** By the longest common subsequence: `table` holds its length for what is left from each pair of lines on. */
function diffMiddle(old: readonly string[], young: readonly string[]): readonly LineChange[] {
  const width = young.length + 1
  const table = new Uint32Array((old.length + 1) * width)
  const left = (i: number, j: number) => table[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = young.length - 1; j >= 0; j--)
      table[i * width + j] =
        old[i] === young[j] ? left(i + 1, j + 1) + 1 : Math.max(left(i + 1, j), left(i, j + 1))
  const lines: LineChange[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < young.length) {
    const [was, is] = [old[i], young[j]]
    if (was !== undefined && was === is) {
      lines.push(same(was))
      i++
      j++
    } else if (was !== undefined && (is === undefined || left(i + 1, j) >= left(i, j + 1))) {
      lines.push({ change: 'removed', text: was })
      i++
    } else {
      lines.push({ change: 'added', text: is ?? '' })
      j++
    }
  }
  return lines
}

function same(text: string): LineChange {
  return { change: 'same', text }
}

/** Lines of a diff, with lines left out that are the same and far from those that differ. */
export interface Fold {
  readonly change: 'left out'
  /** How many lines. */
  readonly count: number
}

/** Lines that are shown around one that differs. */
const context = 3

/** Leaves out what is the same for long. */
export function foldLines(lines: readonly LineChange[]): readonly (LineChange | Fold)[] {
  const isNear = lines.map(() => false)
  for (const [index, { change }] of lines.entries())
    if (change !== 'same') isNear.fill(true, Math.max(0, index - context), index + context + 1)
  const folded: (LineChange | Fold)[] = []
  let start = 0
  for (const [index, line] of lines.entries()) {
    if (isNear[index]) folded.push(line)
    else if (index === 0 || isNear[index - 1]) start = index
    if (!isNear[index] && (index === lines.length - 1 || isNear[index + 1]))
      folded.push({ change: 'left out', count: index - start + 1 })
  }
  return folded
}
