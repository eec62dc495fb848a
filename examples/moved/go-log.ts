import { appendFile, type FileHandle, open } from 'node:fs/promises'
import { definePlugin, s } from 'kong-ts-pdk'

/**
 * What go-pdk's go-log does: one line of JSON for each request, to a file that outlives its events. Where Go has a
 * goroutine, a channel and two mutexes, each instance has a chain of promises: lines are written one after the other,
 * and no request waits for them.
 */
export default definePlugin({
  version: '0.3.0',
  priority: 2,
  config: {
    path: s.string({ required: true, startsWith: '/' }),
    reopen: s.boolean({ default: false, description: 'Open the file anew for each line.' }),
  },
  init: async ({ path, reopen }): Promise<LineWriter> => {
    if (reopen) return { write: (line) => appendFile(path, line), last: Promise.resolve() }
    const file = await open(path, 'a')
    return { file, write: (line) => file.appendFile(line), last: Promise.resolve() }
  },
  async close({ file, last }) {
    await last
    await file?.close()
  },
  async log(kong, _config, writer) {
    const line = `${await kong.log.serializeText()}\n`
    writer.last = writer.last
      .then(() => writer.write(line))
      .catch((error) => console.error('Cannot write a line of the log:', error))
  },
})

interface LineWriter {
  readonly file?: FileHandle
  readonly write: (line: string) => Promise<void>
  last: Promise<void>
}
