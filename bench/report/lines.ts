import { escapeText, style, text } from './svg.ts'

export interface LineChart {
  readonly title: string
  /** A place on the axis below that is named. */
  readonly mark: { readonly at: number; readonly label: string }
  readonly lines: readonly Line[]
}

export interface Line {
  readonly label: string
  readonly ours: boolean
  /** In the order of their first number. */
  readonly points: readonly (readonly [x: number, y: number])[]
}

const size = { width: 860, height: 320, left: 64, right: 120, top: 48, bottom: 40 }
const lineStyle = `
    polyline { fill: none; stroke: #8c959f; stroke-width: 2 }
    .line-ours { stroke: #0969da }
    .grid { stroke: #8c959f; stroke-opacity: 0.3 }
    @media (prefers-color-scheme: dark) {
      polyline { stroke: #6e7681 }
      .line-ours { stroke: #58a6ff }
    }
  `

/** Draws lines over two axes that both begin at 0, as SVG that needs nothing else. */
export function drawLines({ title, mark, lines }: LineChart): string {
  const points = lines.flatMap((line) => line.points)
  const endX = Math.max(...points.map(([x]) => x))
  const stepX = stepOf(endX)
  const mostY = Math.max(...points.map(([, y]) => y))
  const stepY = stepOf(mostY)
  const endY = Math.ceil(mostY / stepY) * stepY
  const x = (value: number) => size.left + (value / endX) * (size.width - size.left - size.right)
  const y = (value: number) =>
    size.height - size.bottom - (value / endY) * (size.height - size.top - size.bottom)
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img">`
  const parts = [
    head,
    `<title>${escapeText(title)}</title>`,
    `<style>${style}${lineStyle}</style>`,
    `<rect class="back" width="${size.width}" height="${size.height}"/>`,
    text(16, 28, title, 'title'),
    ...ticks(endY, stepY).flatMap((value) => [
      straight(x(0), y(value), x(endX), y(value)),
      text(size.left - 8, y(value) + 4, show(value), 'label', 'end'),
    ]),
    ...ticks(endX, stepX).map((value) => text(x(value), size.height - 16, show(value), 'label', 'middle')),
    straight(x(mark.at), y(0), x(mark.at), y(endY)),
    text(x(mark.at) - 6, y(0) - 8, mark.label, 'label', 'end'),
    ...lines.flatMap((line) => draw(line, x, y)),
  ]
  return `${parts.join('\n  ')}\n</svg>\n`
}

type Scale = (value: number) => number

function draw({ label, ours, points }: Line, x: Scale, y: Scale): string[] {
  const path = points.map((point) => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(' ')
  const end = points.at(-1)
  return [
    `<polyline${ours ? ' class="line-ours"' : ''} points="${path}"/>`,
    ...(end === undefined ? [] : [text(x(end[0]) + 8, y(end[1]) + 4, label, 'value')]),
  ]
}

function straight(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"/>`
}

/** A round number that fits several times. */
function stepOf(most: number): number {
  const rough = most / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
}

function ticks(end: number, step: number): number[] {
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => index * step)
}

function show(value: number): string {
  return String(Math.round(value * 1000) / 1000)
}
