import { BuildError } from '../../../build/errors.ts'
import type { Path, Place, YamlFile } from './yaml-file.ts'

/** What is wrong with a file, gathered so that a person sees all of it at once. */
export class Mistakes {
  readonly #file: string
  readonly #yaml: YamlFile
  readonly #found: { readonly place: Place; readonly words: string }[] = []

  constructor(file: string, yaml: YamlFile) {
    this.#file = file
    this.#yaml = yaml
  }

  add(path: Path, words: string): void {
    this.#found.push({ place: this.#yaml.place(path), words })
  }

  /** Throws a BuildError if there are any, in the order of the file. */
  check(): void {
    if (this.#found.length === 0) return
    const sorted = this.#found.toSorted(
      ({ place: a }, { place: b }) => a.line - b.line || a.column - b.column,
    )
    const lines = sorted.map(({ place, words }) => `${this.#file}:${place.line}:${place.column}: ${words}`)
    const more = lines.length - shown
    throw new BuildError(
      [...lines.slice(0, shown), ...(more > 0 ? [`and ${more} more mistakes`] : [])].join('\n'),
    )
  }
}

const shown = 20
