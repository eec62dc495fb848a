import type { Page } from '../navigation.ts'
import type { Problem } from '../problem.ts'
import { type Block, blocksOf, type Checked, problemIn } from './block.ts'
import {
  checkDockerfile,
  checkIni,
  checkJavaScript,
  checkJson,
  checkLua,
  checkYaml,
  keepText,
} from './data.ts'
import { checkHttp } from './http.ts'
import { checkShell } from './shell.ts'
import { checkTypeScript } from './typescript.ts'

/** What became of all blocks of code. */
export interface BlockReport {
  readonly total: number
  /** For each language what was done with its blocks: `ts: 25 type-checked, 9 of them bundled and loaded`. */
  readonly lines: readonly string[]
  readonly problems: readonly Problem[]
}

const checks: Readonly<
  Record<string, (blocks: readonly Block[], root: string) => Checked | Promise<Checked>>
> = {
  ts: checkTypeScript,
  js: checkJavaScript,
  sh: checkShell,
  json: checkJson,
  yaml: checkYaml,
  ini: checkIni,
  dockerfile: checkDockerfile,
  lua: checkLua,
  http: checkHttp,
  text: keepText,
}

/** Runs or reads every block of the pages in the way of its language; one of no known language is a problem. */
export async function checkBlocks(pages: readonly Page[], root: string): Promise<BlockReport> {
  const blocks = blocksOf(pages)
  const problems = blocks.filter(({ language }) => checks[language] === undefined).map(unknown)
  const lines: string[] = []
  for (const [language, check] of Object.entries(checks)) {
    const own = blocks.filter((block) => block.language === language)
    if (own.length === 0) continue
    const checked = await check(own, root)
    problems.push(...checked.problems)
    const ways = Object.entries(checked.ways).map(([way, count]) => `${count} ${way}`)
    lines.push(`${language}: ${ways.join(', ')}`)
  }
  return { total: blocks.length, lines, problems }
}

function unknown(block: Block): Problem {
  const what = block.language === '' ? 'a block without a language' : `a block of ${block.language}`
  return problemIn(
    block,
    `Cannot check ${what}: name one of ${Object.keys(checks).join(', ')} behind its fence`,
  )
}
