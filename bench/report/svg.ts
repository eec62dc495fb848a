// A chart has a background of its own, so that it is readable wherever it is shown.
export const style = `
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .title { font-size: 16px; font-weight: 600 }
    .group { font-weight: 600 }
    .back { fill: #ffffff }
    .bar { fill: #8c959f }
    .ours { fill: #0969da }
    .range { stroke: #24292f; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .back { fill: #0d1117 }
      .bar { fill: #6e7681 }
      .ours { fill: #58a6ff }
      .range { stroke: #e6edf3 }
    }
  `

export function text(x: number, y: number, content: string, name: string, anchor = 'start'): string {
  return `<text class="${name}" x="${place(x)}" y="${place(y)}" text-anchor="${anchor}">${escapeText(content)}</text>`
}

export function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function place(value: number): number {
  return Math.round(value * 10) / 10
}
