import { showNumber } from './show.ts'
import { escapeText, style, text } from './svg.ts'

export interface Chart {
  readonly title: string
  readonly groups: readonly Group[]
}

/** Bars with a scale of their own: the longest is as wide as the chart. */
export interface Group {
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Bar {
  readonly label: string
  readonly value: number
  /** Where the line across the bar's end goes from and to. */
  readonly low: number
  readonly high: number
  readonly ours: boolean
  /** Stands behind the number. */
  readonly remark?: string
}

const size = { width: 860, left: 200, bars: 420, line: 24, bar: 14, heading: 34 }

/** Draws horizontal bars, as SVG that needs nothing else. */
export function drawChart({ title, groups }: Chart): string {
  const parts: string[] = []
  let top = 44
  for (const group of groups) {
    const longest = Math.max(...group.bars.map(({ value, high }) => Math.max(value, high)))
    parts.push(text(16, top + 18, group.title, 'group'))
    top += size.heading
    for (const bar of group.bars) {
      parts.push(drawBar(bar, top, size.bars / longest))
      top += size.line
    }
  }
  const height = top + 12
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img">`
  const back = `<rect class="back" width="${size.width}" height="${height}"/>`
  const named = `<title>${escapeText(title)}</title>`
  return `${[head, named, `<style>${style}</style>`, back, text(16, 28, title, 'title'), ...parts].join('\n  ')}\n</svg>\n`
}

function drawBar({ label, value, low, high, ours, remark }: Bar, top: number, scale: number): string {
  const at = (amount: number) => (size.left + amount * scale).toFixed(1)
  const middle = top + size.bar / 2
  const width = (value * scale).toFixed(1)
  const shown = remark === undefined ? showNumber(value) : `${showNumber(value)} ${remark}`
  return [
    text(size.left - 8, top + 12, label, 'label', 'end'),
    `<rect class="${ours ? 'ours' : 'bar'}" x="${size.left}" y="${top}" width="${width}" height="${size.bar}"/>`,
    `<line class="range" x1="${at(low)}" y1="${middle}" x2="${at(high)}" y2="${middle}"/>`,
    text(Number(at(Math.max(value, high))) + 6, top + 12, shown, 'value'),
  ].join('\n  ')
}
