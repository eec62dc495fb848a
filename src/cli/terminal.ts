import yoctoSpinner, { type Spinner } from 'yocto-spinner'
import type { Progress } from '../../build/progress.ts'

/** What a command may do to the outside: it returns, and `main.ts` ends the process. */
export interface Terminal extends Progress {
  /** A line of the result, on stdout. */
  print(line: string): void
  /** A line about the work under way, on stderr. */
  report(line: string): void
  /** What goes on now: shown while it lasts where stderr is a terminal, and nowhere else. */
  step(text: string): void
  /** The answer is no: the process will end with 1. */
  fail(): void
}

/** The terminal of this process; `close` takes away what only shows progress. */
export function openTerminal(): Terminal & { close(): void } {
  // Who reads us may have had enough, as head(1).
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
  let spinner: Spinner | undefined
  const close = () => {
    spinner?.stop()
    spinner = undefined
  }
  return {
    print(line) {
      close()
      console.log(line)
    },
    report(line) {
      close()
      console.error(line)
    },
    step(text) {
      if (!process.stderr.isTTY) return
      if (spinner === undefined) spinner = yoctoSpinner({ text, stream: process.stderr }).start()
      else spinner.text = text
    },
    fail() {
      process.exitCode = 1
    },
    close,
  }
}
