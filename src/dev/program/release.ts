import type { Dialect, Phase } from '../../pdk/phases.ts'
import type { DumpSchema } from '../../schema/check.ts'

/** One state of a program's code, at work in a process of its own. */
export interface Release {
  /** 1 for the first of its program. */
  readonly number: number
  /** Several where the program is a binary of several plugins. */
  readonly plugins: readonly ReleasedPlugin[]
  readonly dialect: Dialect
  readonly socket: string
}

/** A plugin as its dump describes it. */
export interface ReleasedPlugin {
  readonly name: string
  readonly version: string
  readonly priority: number
  readonly phases: readonly Phase[]
  readonly schema: DumpSchema
}

/** Why the latest save is not what runs, or what else a person has to know. */
export interface Problem {
  /** The file as it was given. */
  readonly source: string
  /** A sentence, or a compiler's lines with file, line and excerpt. */
  readonly text: string
}

/** Keeps the process of a release alive until it is ended. */
export interface ReleaseLease {
  readonly release: Release
  end(): void
}

/** A plugin's file or binary, and the release of it that takes new requests. */
export interface Program {
  /** The file as it was given. */
  readonly given: string
  readonly current: Release
  readonly problem: Problem | undefined
  lease(): ReleaseLease
  /** The author's file that stands in a stack by this name, as `src/helper.ts`; undefined for others. */
  resolveSource(name: string): string | undefined
  /** Tries again what is saved but does not run: something else has changed that `accept` looks at. */
  retry(): void
  /** Ends all that was started, also what is leased; each release that took requests is retired. */
  close(): Promise<void>
}

export interface ProgramOptions {
  /** Default: what the plugin says. */
  readonly dialect?: Dialect | undefined
  /** The port of Node's debugger. */
  readonly inspect?: number | undefined
  /** Asked before a release takes requests; a reason keeps the old one. */
  accept(release: Release): string | undefined
  /** A release takes new requests from now on. */
  onRelease(release: Release): void
  /** Nobody uses a release any more: its process ends when this returns. */
  onRetired(release: Release): void
  onProblem(problem: Problem | undefined): void
  /** A line that the plugin's process wrote. */
  onOutput(line: string): void
}
