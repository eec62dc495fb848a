import { UsageError } from '../errors.ts'
import type { Executable } from '../executable/facts.ts'
import { platforms } from '../targets.ts'
import { type Findings, found, joinFindings, noted, nothing } from './findings.ts'

export interface Platform {
  readonly name: string
  readonly os: string
  readonly arch: string
}

export function readPlatform(text: string): Platform {
  const [os, arch] = text.split('-')
  if (os === undefined || arch === undefined || !platforms.includes(text))
    throw new UsageError(`Cannot check against "${text}": choose one platform of ${platforms.join(', ')}`)
  return { name: text, os, arch }
}

/** Whether a file is one for this system and processor. */
export function checkPlatform({ os, arch }: Executable, platform: Platform): Findings {
  const advice = `build it with --platform ${platform.name}`
  return joinFindings(
    os === platform.os ? nothing : found({ name: 'operating system', have: platform.os, want: os, advice }),
    arch === platform.arch
      ? nothing
      : found({ name: 'architecture', have: platform.arch, want: arch, advice }),
    platform.os === 'linux' ? nothing : noted('Kong Gateway is published for Linux only.'),
  )
}
