import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawCharts } from './charts.ts'
import { writePage } from './page.ts'
import type { Results } from './results.ts'
import { judgeRows } from './rows.ts'
import { showRatio } from './show.ts'

/** Writes the file of a day, with the wanted rows as they came out; one of the same day and kind is replaced. */
export async function writeResults(folder: string, results: Results): Promise<string> {
  const day = results.date.slice(0, 10)
  const file = join(folder, results.kind === 'full' ? `${day}.json` : `${day}-${results.kind}.json`)
  const { series, ...head } = results
  const content = { ...head, rows: judgeRows(results), series }
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`)
  return file
}

/** Writes the charts into the folder of the results, and the page. */
export async function writeReport(results: Results, folder: string, page: string): Promise<void> {
  for (const { name, svg } of drawCharts(results)) await writeFile(join(folder, name), svg)
  await writeFile(page, writePage(results))
}

/** The wanted rows for a terminal. */
export function describeRows(results: Results): string {
  return judgeRows(results)
    .map(({ work, against, wanted, measured, reached, note }) => {
      const name = `${work.replaceAll('`', '')} against ${against}`.padEnd(72)
      const found = measured === undefined ? '' : showRatio(measured)
      return `${name} ${wanted.padEnd(15)} ${found.padEnd(22)} ${reached}${note === undefined ? '' : ` (${note})`}`
    })
    .join('\n')
}
