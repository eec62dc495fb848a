// `make docs`: builds the documentation into dist/docs and checks all that it says.
import { buildSite } from './build.ts'
import { type Problem, sentenceOf } from './problem.ts'

const { pages, links } = await buildSite({ root: '.', generated: new Map(), names: new Map() }, 'dist/docs')
console.log(`dist/docs: ${pages.length} pages; ${links.internal} links within them lead somewhere`)
console.log(`Not asked for, as nothing goes out: ${links.external.join(', ')}`)
report(links.problems)

function report(problems: readonly Problem[]): void {
  for (const problem of problems) console.error(sentenceOf(problem))
  if (problems.length > 0) process.exitCode = 1
}
