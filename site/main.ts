// `make docs`: builds the documentation into dist/docs and checks all that it says.
import { writeReference } from './api/reference.ts'
import { checkBlocks } from './blocks/check.ts'
import { buildSite } from './build.ts'
import { type Problem, sentenceOf } from './problem.ts'

const reference = await writeReference('.')
const { pages, links } = await buildSite(
  { root: '.', generated: reference.pages, placeOf: reference.placeOf },
  'dist/docs',
)
console.log(`dist/docs: ${pages.length} pages; ${links.internal} links within them lead somewhere`)
console.log(`Not asked for, as nothing goes out: ${links.external.join(', ')}`)
console.log(
  `${reference.counts.symbols} exports and ${reference.counts.functions} functions of Kong are documented`,
)
const blocks = await checkBlocks(
  pages.filter(({ source }) => !reference.pages.has(source)),
  '.',
)
console.log(`${blocks.total} blocks of code`)
for (const line of blocks.lines) console.log(`  ${line}`)
report([...reference.problems, ...links.problems, ...blocks.problems])

function report(problems: readonly Problem[]): void {
  for (const problem of problems) console.error(sentenceOf(problem))
  if (problems.length > 0) process.exitCode = 1
}
