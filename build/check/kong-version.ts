import { UsageError } from '../errors.ts'

export interface KongVersion {
  readonly major: number
  readonly minor: number
  /** Absent where only a line as 3.4 is known. */
  readonly patch?: number
}

/** What the kit is tested against, and what is assumed where nobody says. */
export const testedKong: KongVersion = { major: 3, minor: 9 }

/** The newest whose source was read for the tables here. */
export const newestKnown: KongVersion = { major: 3, minor: 10 }

/** `3.4`, `3.4.2`, or `3.4.3.1` as Kong Enterprise counts. */
export function readKongVersion(text: string): KongVersion {
  const [, major, minor, patch] = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,4}))?(?:\.\d{1,4})?$/.exec(text) ?? []
  if (major === undefined || minor === undefined)
    throw new UsageError(`Cannot check against Kong "${text}": name its version as 3.4 or 3.4.2`)
  return {
    major: Number(major),
    minor: Number(minor),
    ...(patch === undefined ? {} : { patch: Number(patch) }),
  }
}

/** The version that Kong's own `kong/meta.lua` names. */
export function readMetaLua(text: string): KongVersion | undefined {
  const part = (name: string) => new RegExp(`\\b${name} *= *(\\d{1,4})\\b`).exec(text)?.[1]
  const [major, minor, patch] = [part('major'), part('minor'), part('patch')]
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  return { major: Number(major), minor: Number(minor), patch: Number(patch) }
}

export function writeKongVersion({ major, minor, patch }: KongVersion): string {
  return patch === undefined ? `${major}.${minor}` : `${major}.${minor}.${patch}`
}

/** `3.9`, whatever the patch. */
export function lineOf({ major, minor }: KongVersion): string {
  return `${major}.${minor}`
}

/** Whether a version is of this line or later. */
export function reaches(version: KongVersion, line: string): boolean {
  return compareLines(version, readKongVersion(line)) >= 0
}

export function compareLines(a: KongVersion, b: KongVersion): number {
  return a.major - b.major || a.minor - b.minor
}

/** Whether two names can mean one Kong: `3.4` fits `3.4.2`. */
export function sameKong(a: KongVersion, b: KongVersion): boolean {
  return compareLines(a, b) === 0 && (a.patch === undefined || b.patch === undefined || a.patch === b.patch)
}
