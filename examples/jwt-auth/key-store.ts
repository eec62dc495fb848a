import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { fetchKeySet } from './key-set.ts'
import { Refused } from './token.ts'

/** Times in milliseconds. */
export interface KeyOptions {
  readonly uri: string
  readonly ca: string | undefined
  /** For one fetch. */
  readonly timeout: number
  /** Until keys are fetched again. */
  readonly cacheFor: number
  /** For which keys are good while none can be fetched. */
  readonly keepFor: number
  /** Between the starts of two fetches. */
  readonly refetchAfter: number
}

/** One user's hold on the keys of an issuer. */
export interface Keys {
  readonly keyFor: JWTVerifyGetKey
  close(): void
}

interface Shared {
  readonly store: KeyStore
  users: number
}

const stores = new Map<string, Shared>()

/** Opens the keys of an issuer. All users of a process with the same options share them, and the fetches. */
export function openKeys(options: KeyOptions): Keys {
  const name = JSON.stringify(options)
  const shared = stores.get(name) ?? { store: new KeyStore(options), users: 0 }
  stores.set(name, shared)
  shared.users++
  return {
    keyFor: (header, token) => shared.store.keyFor(header, token),
    close() {
      if (--shared.users === 0) stores.delete(name)
    },
  }
}

/** Milliseconds between two tries while there are no keys that hold. */
const retryAfter = 1000

class KeyStore {
  readonly #options: KeyOptions
  #keys: { readonly keyFor: JWTVerifyGetKey; readonly fetched: number } | undefined
  #fetching: Promise<void> | undefined
  #tried = Number.NEGATIVE_INFINITY
  #failing = false

  constructor(options: KeyOptions) {
    this.#options = options
  }

  keyFor: JWTVerifyGetKey = async (header, token) => {
    if (this.#age() > this.#options.cacheFor) await this.#fetch()
    const keys = this.#usable()
    try {
      return await keys.keyFor(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await this.#fetch()
      if (this.#usable() === keys) throw error
      return this.#usable().keyFor(header, token)
    }
  }

  #age(): number {
    return performance.now() - (this.#keys?.fetched ?? Number.NEGATIVE_INFINITY)
  }

  #usable() {
    if (this.#keys !== undefined && this.#age() <= this.#options.keepFor) return this.#keys
    throw new Refused(503, 'Tokens cannot be verified now', { 'retry-after': '1' })
  }

  /** Joins the fetch under way, or starts one where that is allowed again. It never rejects. */
  async #fetch(): Promise<void> {
    const { refetchAfter, keepFor } = this.#options
    const pause = this.#age() <= keepFor ? refetchAfter : Math.min(refetchAfter, retryAfter)
    if (this.#fetching === undefined && performance.now() - this.#tried >= pause) {
      this.#tried = performance.now()
      this.#fetching = this.#load()
    }
    await this.#fetching
  }

  async #load(): Promise<void> {
    const { uri } = this.#options
    const fetched = performance.now()
    try {
      this.#keys = { keyFor: createLocalJWKSet(await fetchKeySet(this.#options)), fetched }
      if (this.#failing) console.error(`The keys of ${uri} can be fetched again`)
      this.#failing = false
    } catch (error) {
      if (!this.#failing)
        console.error(`Cannot fetch the keys of ${uri}: ${error instanceof Error ? error.message : error}`)
      this.#failing = true
    } finally {
      this.#fetching = undefined
    }
  }
}
