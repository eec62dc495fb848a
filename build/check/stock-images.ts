import {
  compareLines,
  type KongVersion,
  lineOf,
  newestKnown,
  reaches,
  testedKong,
  writeKongVersion,
} from './kong-version.ts'

/** What the libraries of a Linux system offer at most: glibc, and libstdc++ and libgcc_s of its GCC. */
export interface System {
  readonly name: string
  readonly GLIBC: string
  readonly GLIBCXX: string
  readonly CXXABI: string
  readonly GCC: string
}

/** An image of Kong as it is published, or one that Kong's own Dockerfiles make. */
export interface StockImage {
  readonly tag: string
  readonly system: System
}

/*
 * Which version of a system has which libraries: from the release notes of the systems, and for symbol versions from
 * the ABI history of libstdc++ (GLIBCXX_3.4.21 is GCC 5, 3.4.25 GCC 8, 3.4.28 GCC 10, 3.4.29 GCC 11, 3.4.30 GCC 12,
 * 3.4.33 GCC 14). That of Debian 12 was compared with its libraries; the others were only read.
 */
const xenial = system('Ubuntu 16.04', '2.23', '3.4.21', '1.3.9', '4.8.0')
const bionic = system('Ubuntu 18.04', '2.27', '3.4.25', '1.3.11', '7.0.0')
const focal = system('Ubuntu 20.04', '2.31', '3.4.28', '1.3.12', '7.0.0')
const jammy = system('Ubuntu 22.04', '2.35', '3.4.30', '1.3.13', '12.0.0')
const noble = system('Ubuntu 24.04', '2.39', '3.4.33', '1.3.15', '14.0.0')
const bullseye = system('Debian 11', '2.31', '3.4.28', '1.3.12', '7.0.0')
const bookworm = system('Debian 12', '2.36', '3.4.30', '1.3.13', '12.0.0')
const ubi8 = system('Red Hat UBI 8', '2.28', '3.4.25', '1.3.11', '7.0.0')
const ubi9 = system('Red Hat UBI 9', '2.34', '3.4.29', '1.3.13', '7.0.0')

/**
 * The libraries that each of these systems has before anything is installed: glibc's, and what apt and microdnf
 * need, as far as a Node or a native addon wants them. What the package of Kong depends on adds none that a Node wants (build/package/nfpm.yaml of Kong).
 */
export const stockLibraries: readonly string[] = [
  'ld-linux-x86-64.so.2',
  'ld-linux-aarch64.so.1',
  'libc.so.6',
  'libdl.so.2',
  'libm.so.6',
  'libpthread.so.0',
  'librt.so.1',
  'libutil.so.1',
  'libresolv.so.2',
  'libanl.so.1',
  'libz.so.1',
  'libgcc_s.so.1',
  'libstdc++.so.6',
]

/**
 * The glibc images of a version: of kong from ubuntu/Dockerfile at the tags of Kong/docker-kong, of kong/kong from
 * build-images in .github/matrix-full.yml at the tags of Kong/kong, and for 3.0 and 3.1 from docker-kong. They were
 * read and not run. From 3.10 on there are none of the open-source gateway.
 */
export function stockImages(kong: KongVersion, arch: string): readonly StockImage[] {
  const published = reaches(kong, lineOf(newestKnown)) ? testedKong : kong
  const version = writeKongVersion(published)
  const debian = reaches(published, '3.6') ? bookworm : bullseye
  const redHat = reaches(published, '3.4') ? ubi9 : ubi8
  return [
    { tag: `kong:${version}-ubuntu`, system: ubuntuOf(published) },
    ...(reaches(published, '3.0') && arch === 'x64'
      ? [{ tag: `kong/kong:${version}-debian`, system: debian }]
      : []),
    ...(since(published, arch === 'x64' ? [3, 0, 0] : [3, 4, 1])
      ? [{ tag: `kong/kong:${version}-rhel`, system: redHat }]
      : []),
  ]
}

type Version = readonly [major: number, minor: number, patch: number]

/** The first version on each, newest first: 2.8 went from 20.04 to 18.04 and on to 22.04. */
const ubuntus: readonly (readonly [Version, System])[] = [
  [[3, 9, 0], noble],
  [[3, 2, 0], jammy],
  [[3, 0, 0], focal],
  [[2, 8, 4], jammy],
  [[2, 8, 3], bionic],
  [[2, 5, 1], focal],
]

function ubuntuOf(kong: KongVersion): System {
  return ubuntus.find(([first]) => since(kong, first))?.[1] ?? xenial
}

/** A line as 2.8 stands for the newest of its patches, as its tag does. */
function since(kong: KongVersion, [major, minor, patch]: Version): boolean {
  const order = compareLines(kong, { major, minor })
  return order > 0 || (order === 0 && (kong.patch ?? Number.POSITIVE_INFINITY) >= patch)
}

const newestPatches = new Map([
  ['2.5', '2.5.2'],
  ['2.8', '2.8.5'],
])

/** The newest patch of a line whose patches lie on different systems, where no patch was named. */
export function newestPatch(kong: KongVersion): string | undefined {
  return kong.patch === undefined ? newestPatches.get(lineOf(kong)) : undefined
}

/**
 * Images of Alpine, which has musl: tagged so up to 3.3, and the plain tag of 3.0, 3.1 and what came before 2.8, whose
 * later patches are of Ubuntu (Kong/docker-kong and the list of docker-library).
 */
export function alpineTags(kong: KongVersion): readonly string[] {
  if (reaches(kong, '3.4')) return []
  const version = writeKongVersion(kong)
  return reaches(kong, '3.2') || lineOf(kong) === '2.8'
    ? [`kong:${version}-alpine`]
    : [`kong:${version}-alpine`, `kong:${version}`]
}

function system(name: string, GLIBC: string, GLIBCXX: string, CXXABI: string, GCC: string): System {
  return { name, GLIBC, GLIBCXX, CXXABI, GCC }
}
