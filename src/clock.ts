/** Node's monotonic clock. The global is a getter that is run at each use, and `node:perf_hooks` loads much more. */
export const { performance } = globalThis
