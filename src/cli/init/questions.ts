import { createInterface } from 'node:readline'
import { BuildError } from '../../../build/errors.ts'
import { flawOf } from './name.ts'
import { type Template, templateNames, templates } from './templates.ts'

/** Whether somebody is there who can answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

export interface Questions {
  folder(): Promise<string>
  template(): Promise<Template>
  close(): void
}

/** Asks on the terminal, on stderr as all that is no result; Ctrl-C and Ctrl-D end it. */
export function openQuestions(): Questions {
  const { ask, close } = openLines()
  return {
    async folder() {
      for (;;) {
        const answer = (await ask('Name of the plugin (my-plugin): ')) || 'my-plugin'
        const flaw = flawOf(answer)
        if (flaw === undefined) return answer
        console.error(`That is no name for it: ${flaw}.`)
      }
    },
    async template() {
      templateNames.forEach((name, index) => {
        console.error(`  ${index + 1}  ${name.padEnd(10)}  ${templates[name]}`)
      })
      for (;;) {
        const answer = (await ask('Template, by its number or name (hello): ')) || 'hello'
        const chosen = templateNames.find((name, index) => answer === name || answer === String(index + 1))
        if (chosen !== undefined) return chosen
        console.error(`There is no template "${answer}".`)
      }
    },
    close,
  }
}

/** Lines of the terminal, also those that are typed before they are asked for. */
function openLines() {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const typed: string[] = []
  let isOver = false
  let wake = () => {}
  lines.on('line', (line) => {
    typed.push(line)
    wake()
  })
  lines.once('close', () => {
    isOver = true
    wake()
  })
  return {
    async ask(question: string): Promise<string> {
      lines.setPrompt(question)
      if (!isOver) lines.prompt()
      while (typed.length === 0 && !isOver)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      const answer = typed.shift()
      if (answer === undefined) throw new BuildError('\nNothing was written.')
      return answer.trim()
    },
    close: () => lines.close(),
  }
}
