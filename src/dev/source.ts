import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BuildError } from '../../build/errors.ts'
import type { Declarative } from './declarative/entities.ts'
import { plainEntities } from './declarative/plain.ts'
import { readDeclarative } from './declarative/read.ts'
import { FolderWatch } from './program/folder-watch.ts'
import type { Problem, Release, ReleasedPlugin } from './program/release.ts'
import { redirected, type Upstream } from './upstream.ts'

/** What the gateway is to do: a declarative file, or without one every plugin for every request. */
export interface Source {
  /** What it says, for the plugins of these releases. */
  declaredFor(releases: readonly Release[]): Declarative
  close(): Promise<void>
}

export interface SourceOptions {
  readonly file: string | undefined
  /** For all requests, where there is no file; of several plugins by their names. */
  readonly config: object | undefined
  /** Where the services of the file are to be instead. */
  readonly redirect: { readonly http: Upstream | undefined; readonly stream: Upstream | undefined }
  /** Where requests go without a file. */
  readonly plain: { readonly http: Upstream; readonly stream: Upstream }
  /** The file has another content now, or cannot be read any more. */
  onChange(problem: Problem | undefined): void
}

/** Reads the file, again at each save; what cannot be read leaves what was read before. */
export async function watchSource(options: SourceOptions): Promise<Source> {
  if (options.file === undefined) return plainSource(options)
  const followed = new FileSource(options, options.file)
  try {
    await followed.open()
    return followed
  } catch (error) {
    await followed.close()
    throw error
  }
}

class FileSource implements Source {
  readonly #options: SourceOptions
  readonly #file: string
  readonly #folder: FolderWatch
  #declared: Declarative | undefined
  #text: string | undefined
  #turn = 0

  constructor(options: SourceOptions, file: string) {
    this.#options = options
    this.#file = file
    this.#folder = new FolderWatch({
      matters: (changed) => changed === resolve(file),
      onChange: () => void this.#reread(),
      onFailure: (text) => options.onChange({ source: file, text }),
    })
  }

  /** It is watched before it is read, so that no save is missed. */
  async open(): Promise<void> {
    await this.#folder.watch(new Set([dirname(resolve(this.#file))]))
    await this.#read()
  }

  declaredFor(): Declarative {
    return this.#declared as Declarative
  }

  close(): Promise<void> {
    return this.#folder.close()
  }

  async #reread(): Promise<void> {
    try {
      if (await this.#read()) this.#options.onChange(undefined)
    } catch (error) {
      this.#options.onChange({ source: this.#file, text: (error as Error).message })
    }
  }

  /** False where nothing is new, or something newer is being read. */
  async #read(): Promise<boolean> {
    const turn = ++this.#turn
    const text = await readFile(this.#file, 'utf8').catch((error: Error) => error)
    if (turn !== this.#turn || text === this.#text) return false
    this.#text = undefined
    if (text instanceof Error) throw new BuildError(`Cannot read ${this.#file}: ${text.message}`)
    this.#text = text
    const { entities, notes } = readDeclarative(text, this.#file)
    this.#declared = { entities: redirected(entities, this.#options.redirect), notes }
    return true
  }
}

function plainSource({ plain, config }: SourceOptions): Source {
  return {
    declaredFor(releases) {
      const running = releases.flatMap(({ plugins }) => plugins)
      const entities = plainEntities(running, plain)
      const configs = byName(config, running)
      const plugins = entities.plugins.map((entity) => ({
        ...entity,
        config: configs[entity.name] ?? entity.config,
      }))
      return { entities: { ...entities, plugins }, notes: [] }
    },
    close: async () => undefined,
  }
}

function byName(
  config: object | undefined,
  running: readonly ReleasedPlugin[],
): Readonly<Record<string, object>> {
  if (config === undefined) return {}
  const names = running.map(({ name }) => name)
  const [only] = names
  if (only !== undefined && names.length === 1) return { [only]: config }
  const configs = config as Readonly<Record<string, object>>
  const stranger = Object.keys(configs).find((name) => !names.includes(name))
  if (stranger === undefined) return configs
  throw new BuildError(
    `Cannot configure "${stranger}": with several plugins --config has one configuration by the name of each: ${names.join(', ')}`,
  )
}
