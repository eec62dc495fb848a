import { createReadStream } from 'node:fs'
import { Parser, type ReadEntry } from 'tar'
import { BuildError } from '../../errors.ts'

export type Visit = (entry: ReadEntry) => void

/** Twenty times what a stock image of Kong has. */
const mostBytes = 8 * 2 ** 30
const mostEntries = 1_000_000

/** Ends a scan of an archive that would go on for too long, whatever its headers claim. */
export class Budget {
  #bytes = 0
  #entries = 0

  count({ size }: ReadEntry): void {
    this.#bytes += size
    this.#entries += 1
    if (this.#bytes > mostBytes) throw new BuildError(`it unpacks to more than ${mostBytes} bytes`)
    if (this.#entries > mostEntries) throw new BuildError(`it holds more than ${mostEntries} files`)
  }
}

/**
 * Shows each entry of an archive, plain or gzip or zstd, to `visit`, which reads it, pipes it on or calls `resume`
 * before it returns. All of it happens while the bytes come in, so nothing is held.
 */
export async function scanArchive(file: string, visit: Visit): Promise<void> {
  const budget = new Budget()
  const parser = openParser((entry) => {
    budget.count(entry)
    visit(entry)
  })
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) parser.write(chunk as Buffer)
  parser.end()
}

/** A parser that throws from `write` and `end` what is wrong with the archive. */
export function openParser(visit: Visit): { write(chunk: Buffer): void; end(): void } {
  const parser = new Parser({ strict: true, onReadEntry: visit })
  let failure: Error | undefined
  parser.on('error', (error: Error) => {
    failure ??= error
  })
  const check = () => {
    if (failure !== undefined) throw failure instanceof BuildError ? failure : new BuildError(failure.message)
  }
  return {
    write(chunk) {
      parser.write(chunk)
      check()
    },
    end() {
      parser.end()
      check()
    },
  }
}

/** Collects the bytes of an entry. */
export function collect(entry: ReadEntry, done: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = []
  entry.on('data', (chunk: Buffer) => chunks.push(chunk))
  entry.on('end', () => done(Buffer.concat(chunks)))
}
