import type { BuildError } from '../../../build/errors.ts'

/** Where a program's code comes from. */
export interface Origin {
  /** What is there now. */
  read(): Promise<Reading>
  /** The author's file of that name in a stack. */
  resolveSource(name: string): string | undefined
}

export interface Reading {
  readonly outcome: Executable | BuildError
  /** Whole paths: a change of one of these may change the code. */
  readonly files: ReadonlySet<string>
  /** Where these lie. */
  readonly folders: ReadonlySet<string>
}

/** What a process is started from. */
export interface Executable {
  /** The same for the same code. */
  readonly id: string
  readonly program: string
  /** The plugins that a dump is asked of, as `-plugin` takes them; of a single one the name is not used. */
  readonly names: readonly string[]
  readonly warnings: readonly string[]
  /** Puts what is needed into the folder where the process starts; gives the words behind the program. */
  place(folder: string): Promise<readonly string[]>
}
