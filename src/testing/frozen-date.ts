import { AsyncLocalStorage } from 'node:async_hooks'

const standing = new AsyncLocalStorage<number>()
let users = 0

/**
 * Runs what is given with `Date` standing still, for it alone: whatever else runs meanwhile has the real time. The global
 * `Date` is replaced only as long as anything of this kind runs.
 */
export async function withFrozenDate<T>(now: number, run: () => Promise<T>): Promise<T> {
  const before = users++ === 0 ? globalThis.Date : undefined
  if (before !== undefined) {
    real = before
    globalThis.Date = replacement(before)
  }
  try {
    return await standing.run(now, run)
  } finally {
    if (--users === 0) globalThis.Date = real
  }
}

let real = globalThis.Date

function replacement(plain: DateConstructor): DateConstructor {
  const now = () => standing.getStore() ?? plain.now()
  return new Proxy(plain, {
    construct: (target, args, maker) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, maker) as Date,
    apply: () => new plain(now()).toString(),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  })
}
