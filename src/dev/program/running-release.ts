import type { Executable } from './origin.ts'
import type { Release, ReleaseLease } from './release.ts'
import type { ServerProcess } from './server-process.ts'

/** A release with its process, for as long as somebody uses it. */
export class RunningRelease {
  readonly release: Release
  readonly executable: Executable
  readonly server: ServerProcess
  /** Hears once that nobody uses it any more. */
  readonly #onUnused: (running: RunningRelease) => void
  #leases = 0
  #isSuperseded = false

  constructor(
    release: Release,
    executable: Executable,
    server: ServerProcess,
    onUnused: (running: RunningRelease) => void,
  ) {
    this.release = release
    this.executable = executable
    this.server = server
    this.#onUnused = onUnused
  }

  get hasEnded(): boolean {
    return this.server.started.end !== undefined
  }

  lease(): ReleaseLease {
    let isHeld = true
    this.#leases++
    return {
      release: this.release,
      end: () => {
        if (!isHeld) return
        isHeld = false
        this.#leases--
        this.#tellIfUnused()
      },
    }
  }

  /** Another release takes new requests. */
  supersede(): void {
    this.#isSuperseded = true
    this.#tellIfUnused()
  }

  #tellIfUnused(): void {
    if (this.#isSuperseded && this.#leases === 0) this.#onUnused(this)
  }
}
