import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** The package that a file belongs to. */
export interface Owner {
  readonly folder: string
  /** Empty where no package.json above the file has a name, as beside a lone plugin. */
  readonly name: string
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  /** The platforms that npm installs it on, where it says so. */
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  /** Where node-pre-gyp's packages say their addon lies. */
  readonly binary: { readonly module_name?: string; readonly module_path?: string }
}

const owners = new Map<string, Owner>()

/** A package.json without a name only says how the files beside it are read. */
export function ownerOf(file: string): Owner {
  const known = owners.get(dirname(file))
  if (known !== undefined) return known
  const owner = search(dirname(file)) ?? { ...unnamed, folder: dirname(file) }
  owners.set(dirname(file), owner)
  return owner
}

/** A file as its package names it: `bcrypt/prebuilds/linux-x64/bcrypt.glibc.node`. */
export function nameInPackage(file: string): string {
  const { folder, name } = ownerOf(file)
  return [...(name === '' ? [] : [name]), ...relative(folder, file).split(sep)].join('/')
}

const unnamed = { name: '', version: '', dependencies: {}, optionalDependencies: {}, binary: {} }

function search(folder: string): Owner | undefined {
  const file = join(folder, 'package.json')
  if (existsSync(file)) {
    const about = parse(readFileSync(file, 'utf8'))
    if (typeof about.name === 'string' && about.name !== '') return { ...unnamed, ...about, folder }
  }
  return dirname(folder) === folder ? undefined : search(dirname(folder))
}

function parse(text: string): Partial<Owner> {
  try {
    return JSON.parse(text) as Partial<Owner>
  } catch {
    return {} // esbuild says what is wrong with it
  }
}
