import type { Executable } from '../executable/facts.ts'
import { type Inspection, inspectBinary } from '../inspect/inspection.ts'
import { type Findings, found, type Incompatibility, joinFindings, noted, nothing } from './findings.ts'
import { type ImageFacts, readImage } from './image/facts.ts'
import { checkKong, type Server } from './kong.ts'
import { type KongVersion, readKongVersion, sameKong, testedKong, writeKongVersion } from './kong-version.ts'
import { checkImageLibraries, checkStockLibraries } from './libraries.ts'
import { checkLock, readLock } from './lock.ts'
import { type Needs, needsOf } from './needs.ts'
import { checkPlatform, type Platform, readPlatform } from './platform.ts'

export interface CheckRequest {
  readonly binary: string
  /** `linux-arm64`; without it that of the image, or else Linux on the binary's own processor. */
  readonly platform?: string | undefined
  /** `3.4` or `3.4.2`; without it that in the image, or else the one that the kit is tested with. */
  readonly kong?: string | undefined
  /** A root file system in a folder, or an image in an archive. */
  readonly image?: string | undefined
  /** A package-lock.json. */
  readonly lock?: string | undefined
  /** Who starts the binary, where that is known. */
  readonly server?: Server | undefined
}

export interface Check {
  readonly binary: string
  readonly platform: string
  readonly kong: string
  readonly image: string | null
  readonly incompatibilities: readonly Incompatibility[]
  readonly notes: readonly string[]
}

/** Compares what a target has with what a binary wants. The binary is read and not run. */
export async function checkBinary(request: CheckRequest): Promise<Check> {
  const platform = request.platform === undefined ? undefined : readPlatform(request.platform)
  const kong = request.kong === undefined ? undefined : readKongVersion(request.kong)
  const lock = request.lock === undefined ? undefined : await readLock(request.lock)
  const inspection = await inspectBinary(request.binary)
  const { executable, manifest } = inspection
  const needs = needsOf(executable, manifest?.addons ?? [])
  const libraries = needs.flatMap((one) => one.libraries)
  const image =
    request.image === undefined ? undefined : await readImage(request.image, executable, libraries)
  const target = settle(platform, kong, image, executable)
  const findings = joinFindings(
    checkSoundness(inspection),
    target.findings,
    checkRunning(executable, needs, target, image),
    manifest === undefined ? nothing : checkKong(manifest, target.kong, request.server),
    manifest === undefined || lock === undefined ? nothing : checkLock(manifest, lock),
  )
  return {
    binary: request.binary,
    platform: target.platform.name,
    kong: writeKongVersion(target.kong),
    image: request.image ?? null,
    ...findings,
  }
}

/** What `inspect` remarks on keeps a binary from running, or from being known. */
function checkSoundness({ remarks }: Inspection): Findings {
  return found(
    ...remarks.map((have) => ({
      name: 'binary',
      have,
      want: 'a binary as kong-ts build made it',
      advice: 'kong-ts inspect says more of it',
    })),
  )
}

interface Target {
  readonly platform: Platform
  readonly kong: KongVersion
  /** What had to be assumed, and where what was said does not fit the image. */
  readonly findings: Findings
}

/** What the image shows counts; then what was asked for; then what is assumed. */
function settle(
  asked: Platform | undefined,
  askedKong: KongVersion | undefined,
  image: ImageFacts | undefined,
  { arch }: Executable,
): Target {
  const own = image?.arch === undefined ? undefined : platformOf(image.arch)
  const platform = own ?? asked ?? platformOf(arch)
  const kong = image?.kong ?? askedKong ?? testedKong
  return {
    platform,
    kong,
    findings: joinFindings(
      platform === own || asked !== undefined
        ? nothing
        : noted(`Without --platform ${platform.name} was assumed.`),
      kong === testedKong ? noted(`Without --kong ${writeKongVersion(kong)} was assumed.`) : nothing,
      own === undefined || asked === undefined || own.name === asked.name
        ? nothing
        : otherPlatform(own, asked),
      askedKong === undefined || sameKong(kong, askedKong) ? nothing : otherKong(kong, askedKong),
    ),
  }
}

function platformOf(arch: string): Platform {
  return { name: `linux-${arch}`, os: 'linux', arch }
}

function otherPlatform(own: Platform, asked: Platform): Findings {
  return found({
    name: 'platform of the image',
    have: own.name,
    want: asked.name,
    advice: 'name the platform of the image, or an image for that platform',
  })
}

function otherKong(inside: KongVersion, asked: KongVersion): Findings {
  return found({
    name: 'Kong in the image',
    have: writeKongVersion(inside),
    want: writeKongVersion(asked),
    advice: 'name the version of Kong that is in the image, or another image',
  })
}

/** Whether it would start at all. What the libraries are like says nothing where the processor is another one. */
function checkRunning(
  executable: Executable,
  needs: readonly Needs[],
  { platform, kong }: Target,
  image: ImageFacts | undefined,
): Findings {
  const fits = checkPlatform(executable, platform)
  if (fits.incompatibilities.length > 0 || executable.format !== 'elf') return fits
  return joinFindings(
    fits,
    image === undefined
      ? checkStockLibraries(executable, needs, kong)
      : checkImageLibraries(executable, needs, image, kong),
    image !== undefined && image.kong === undefined
      ? noted('The image holds no Kong that could be found.')
      : nothing,
  )
}
