/** Numbers that look random and are the same in every run: mulberry32. */
export interface Random {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number
  bytes(length: number): Buffer
}

export function createRandom(seed: number): Random {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  return { below, bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))) }
}
