import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawCharts } from './charts.ts'
import { writePage } from './page.ts'
import type { Results } from './results.ts'
import { judgeRows } from './rows.ts'
import { showMeasured } from './show.ts'
import { drawSoak, type Soak } from './soak.ts'

/** Writes the file of a day, with the wanted rows as they came out; one of the same day and kind is replaced. */
export async function writeResults(folder: string, results: Results, soak?: Soak): Promise<string> {
  const day = results.date.slice(0, 10)
  const file = join(folder, results.kind === 'full' ? `${day}.json` : `${day}-${results.kind}.json`)
  const { series, ...head } = results
  const content = { ...head, rows: judgeRows(results, soak), series }
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`)
  return file
}

/** Writes the file of a day; one of the same day is replaced. */
export async function writeSoak(folder: string, soak: Soak): Promise<string> {
  const file = join(folder, `soak-${soak.date.slice(0, 10)}.json`)
  await writeFile(file, `${JSON.stringify(soak, undefined, 2)}\n`)
  return file
}

/** Writes the charts into the folder of the results, and the page. */
export async function writeReport(
  { results, soak }: { readonly results: Results; readonly soak: Soak | undefined },
  folder: string,
  page: string,
): Promise<void> {
  const charts = [...drawCharts(results), ...(soak === undefined ? [] : [drawSoak(soak)])]
  for (const { name, svg } of charts) await writeFile(join(folder, name), svg)
  await writeFile(page, writePage(results, soak))
}

/** The wanted rows for a terminal. */
export function describeRows(results: Results, soak?: Soak): string {
  return judgeRows(results, soak)
    .map(({ work, against, wanted, measured, reached, note }) => {
      const name = `${work.replaceAll('`', '')} against ${against}`.padEnd(72)
      const found = measured === undefined ? '' : showMeasured(measured)
      return `${name} ${wanted.padEnd(15)} ${found.padEnd(22)} ${reached}${note === undefined ? '' : ` (${note})`}`
    })
    .join('\n')
}
