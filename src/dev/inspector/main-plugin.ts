import type { RecordedRequest } from './record.ts'

/** The plugin of a request that a test is wanted of first: one that failed, else the one that answered, else the first. */
export function mainPlugin({
  plugins,
  failures,
  handlers,
}: Pick<RecordedRequest, 'plugins' | 'failures' | 'handlers'>): string | undefined {
  return (
    failures[0]?.plugin ??
    handlers.find(({ end }) => end === 'raised')?.plugin ??
    handlers.find(({ end }) => end === 'exited')?.plugin ??
    plugins[0]
  )
}
