import type { Block } from './block.ts'

/** A block of TypeScript as the file of a project. */
export interface Program {
  readonly block: Block
  /** Within the folder of its page. */
  readonly name: string
  readonly text: string
  /** Lines that stand before the block. */
  readonly before: number
  readonly kind: 'plugin' | 'test' | 'module'
  /** Whether it starts binaries, which `make test` builds first. */
  readonly needsBinary: boolean
}

/** What a fragment stands in: a test of the hello example. */
const before = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definePlugin } from 'kong-ts-pdk'
import { run, start } from 'kong-ts-pdk/testing'
import hello from './plugin.ts'

const clock = definePlugin({
  version: '1.0.0',
  access: (kong) => kong.response.setHeader('x-now', new Date().toISOString()),
})
test('the block', async () => {
`

/**
 * The ts blocks of one page as files of one folder: their first line may name the file, as `// hello.ts`; the first that
 * exports a plugin else is `plugin.ts`. A block that imports and exports nothing is a part of a test.
 */
export function programsOf(blocks: readonly Block[]): readonly Program[] {
  const first = blocks.find(({ code }) => /^export default /m.test(code))
  return blocks.map((block, index) => {
    const { code } = block
    const fragment = !/^(import|export) /m.test(code)
    const text = fragment ? `${before}${code}})\n` : code
    const kind = /from 'node:test'/.test(text) ? 'test' : isPlugin(text) ? 'plugin' : 'module'
    const usual = block === first ? 'plugin.ts' : `block-${index + 1}${kind === 'test' ? '.test' : ''}.ts`
    const name = /^\/\/ ([\w-]+(\.test)?\.ts)\n/.exec(code)?.[1] ?? usual
    const needsBinary = code.includes("'dist/")
    return { block, name, text, before: fragment ? before.split('\n').length - 1 : 0, kind, needsBinary }
  })
}

function isPlugin(text: string): boolean {
  return /^export default definePlugin\(|^startServer\(/m.test(text)
}
