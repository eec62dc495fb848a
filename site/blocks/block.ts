import { fencesOf } from '../markdown.ts'
import type { Page } from '../navigation.ts'
import type { Problem } from '../problem.ts'

/** A fenced block of a Markdown file. */
export interface Block {
  readonly file: string
  /** Of its first fence. */
  readonly line: number
  readonly language: string
  readonly code: string
}

/** What was done with the blocks of one kind. */
export interface Checked {
  /** How they were checked, and how many in that way: `type-checked`, `only read by a parser`. */
  readonly ways: Readonly<Record<string, number>>
  readonly problems: readonly Problem[]
}

/** All blocks of some pages, in their order. */
export function blocksOf(pages: readonly Page[]): readonly Block[] {
  return pages.flatMap(({ source, text }) => fencesOf(text).map((fence) => ({ file: source, ...fence })))
}

/** The problem of a block, at a line of its code that is counted from 1. */
export function problemIn({ file, line }: Block, text: string, lineOfCode = 0): Problem {
  return { file, line: line + lineOfCode, text }
}

/** Each block with a reader that throws where it cannot be read. */
export function readEach(blocks: readonly Block[], way: string, read: (code: string) => void): Checked {
  const problems = blocks.flatMap((block) => {
    try {
      read(block.code)
      return []
    } catch (error) {
      const [words = ''] = (error as Error).message.split('\n')
      return [
        problemIn(block, `Cannot read the block of ${block.language}: ${words}; mend it, or mark it as text`),
      ]
    }
  })
  return { ways: { [way]: blocks.length }, problems }
}
