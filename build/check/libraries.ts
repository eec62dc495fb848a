import type { Executable } from '../executable/facts.ts'
import { compareVersions } from '../inspect/versions.ts'
import {
  type Findings,
  found,
  type Incompatibility,
  joinFindings,
  listSome,
  noted,
  nothing,
} from './findings.ts'
import type { ImageFacts } from './image/facts.ts'
import { type KongVersion, lineOf } from './kong-version.ts'
import { type Needs, wantedOf } from './needs.ts'
import { alpineTags, newestPatch, type StockImage, stockImages, stockLibraries } from './stock-images.ts'

/** What the loader of an image would miss. */
export function checkImageLibraries(
  executable: Executable,
  needs: readonly Needs[],
  image: ImageFacts,
  kong: KongVersion,
): Findings {
  const libc = checkLibc(executable, image, kong)
  if (libc !== nothing) return libc
  return joinFindings(
    checkInterpreter(executable, image),
    ...needs.flatMap((one) => [
      checkGlibc(one, image),
      ...one.libraries.map((library) => checkLibrary(one, library, image)),
    ]),
  )
}

function checkLibc({ libc, arch }: Executable, image: ImageFacts, kong: KongVersion): Findings {
  if (libc === undefined || image.libc === libc) return nothing
  const better = stockImages(kong, arch)
    .map(({ tag }) => tag)
    .join(', ')
  if (image.libc === 'musl')
    return found({
      name: 'libc',
      have: `musl (${image.system})`,
      want: 'glibc',
      advice: `the Node inside is linked against glibc, whose loader and libraries this image lacks, and gcompat does not replace them: use ${better}`,
    })
  if (image.libc === 'glibc')
    return found({
      name: 'libc',
      have: `glibc (${image.system})`,
      want: 'musl',
      advice: 'the Node inside is linked against musl: build without --node, which takes one for glibc',
    })
  return found({
    name: 'libc',
    have: `none that could be found (${image.system})`,
    want: libc,
    advice: `name the root of an image with Kong inside, as that of ${better}`,
  })
}

function checkInterpreter({ interpreter }: Executable, image: ImageFacts): Findings {
  if (interpreter === undefined || image.interpreter) return nothing
  return found({
    name: 'loader',
    have: `no ${interpreter}`,
    want: interpreter,
    advice:
      'the system says "no such file" of the binary itself: link it to where the loader is, or use another image',
  })
}

// All libraries of glibc have one version, so one block says it.
function checkGlibc(needs: Needs, image: ImageFacts): Findings {
  const short = needs.libraries.flatMap((library) => missingOf(needs, library, image).filter(isGlibc))
  if (short.length === 0) return nothing
  const offered = [...image.libraries.values()].flatMap(({ versions }) => versions).filter(isGlibc)
  return found({
    name: `glibc${needs.of}`,
    have: numberOf(highest(offered) ?? 'GLIBC_none'),
    want: numberOf(highest(short)!),
    advice: `${image.system} is too old for ${needs.who}: use a newer image, or one that was built for this one`,
  })
}

function checkLibrary(needs: Needs, library: string, image: ImageFacts): Findings {
  const there = image.libraries.get(library)
  if (there === undefined)
    return found(missingLibrary(needs, library, `no ${library} in ${listSome(image.folders, 3)}`))
  const missing = missingOf(needs, library, image).filter((version) => !isGlibc(version))
  if (missing.length === 0) return nothing
  const families = [...new Set(missing.map(familyOf))]
  const of = (versions: readonly string[]) =>
    families.flatMap((family) => highest(versions.filter((one) => familyOf(one) === family)) ?? [])
  return found({
    name: library + needs.of,
    have: of(there.versions).join(', ') || 'none of these',
    want: of(missing).join(', '),
    advice: `${image.system} is too old for ${needs.who}: use a newer image, or a newer ${library} in this one`,
  })
}

function missingLibrary({ of }: Needs, library: string, have: string): Incompatibility {
  const packages = packageOf.get(library)
  const install = packages === undefined ? 'install the package that has it' : `install ${packages}`
  const other =
    library === 'libatomic.so.1' && of === '' ? ', or build with a Node of line 24, which does without' : ''
  return { name: library + of, have, want: library, advice: `${install} into the image${other}` }
}

const packageOf = new Map([
  ['libatomic.so.1', 'libatomic1 (Debian, Ubuntu) or libatomic (Red Hat)'],
  ['libstdc++.so.6', 'libstdc++6 (Debian, Ubuntu) or libstdc++ (Red Hat)'],
  ['libgcc_s.so.1', 'libgcc-s1 (Debian, Ubuntu) or libgcc (Red Hat)'],
])

function missingOf(needs: Needs, library: string, image: ImageFacts): readonly string[] {
  const there = image.libraries.get(library)
  if (there === undefined) return []
  return wantedOf(needs, library).filter((version) => !there.versions.includes(version))
}

/** The same without an image: what all the published ones lack is an incompatibility, what some lack a note. */
export function checkStockLibraries(
  executable: Executable,
  needs: readonly Needs[],
  kong: KongVersion,
): Findings {
  const images = stockImages(kong, executable.arch)
  const tags = images.map(({ tag }) => tag).join(', ')
  if (executable.libc === 'musl')
    return found({
      name: 'libc',
      have: `glibc (${tags})`,
      want: 'musl',
      advice: 'the Node inside is linked against musl: build without --node, which takes one for glibc',
    })
  const alpine = alpineTags(kong)
  return joinFindings(
    noted(`Without --image the stock images were assumed, as their Dockerfiles make them: ${tags}.`),
    alpine.length === 0
      ? nothing
      : noted(`Images of Alpine cannot run it, as they have musl and no glibc: ${alpine.join(', ')}.`),
    assumedPatch(kong),
    ...needs.flatMap((one) => [
      ...families.map((family) => checkStockFamily(one, family, images)),
      ...one.libraries
        .filter((library) => !stockLibraries.includes(library))
        .map((library) => found(missingLibrary(one, library, `no ${library} in ${tags}`))),
    ]),
  )
}

function assumedPatch(kong: KongVersion): Findings {
  const newest = newestPatch(kong)
  return newest === undefined
    ? nothing
    : noted(
        `For Kong ${lineOf(kong)} its newest patch was assumed, ${newest}: the images of earlier ones have older systems.`,
      )
}

const families = ['GLIBC', 'GLIBCXX', 'CXXABI', 'GCC'] as const

function checkStockFamily(
  needs: Needs,
  family: (typeof families)[number],
  images: readonly StockImage[],
): Findings {
  const wanted = highest(
    Object.values(needs.wantedVersions)
      .flat()
      .filter((version) => familyOf(version) === family),
  )
  if (wanted === undefined) return nothing
  const want = numberOf(wanted)
  const short = images.filter(({ system }) => compareVersions(system[family], want) < 0)
  const described = short.map(({ tag, system }) => `${system[family]} in ${tag} (${system.name})`).join(', ')
  const name = family === 'GLIBC' ? 'glibc' : family
  if (short.length === 0) return nothing
  if (short.length < images.length)
    return noted(`It wants ${name} ${want}${needs.of}, and there is ${described}: choose another image.`)
  return found({
    name: name + needs.of,
    have: described,
    want,
    advice: 'use a later Kong, or its package on a newer system',
  })
}

function isGlibc(version: string): boolean {
  return familyOf(version) === 'GLIBC'
}

function familyOf(version: string): string {
  return version.slice(0, version.indexOf('_'))
}

function numberOf(version: string): string {
  return version.slice(version.indexOf('_') + 1)
}

/** Of `GLIBC_2.9` and `GLIBC_2.28` the second; names without a number come last. */
function highest(versions: readonly string[]): string | undefined {
  const numbered = versions.filter((version) => /^\d+(\.\d+)*$/.test(numberOf(version)))
  return numbered.sort((a, b) => compareVersions(numberOf(a), numberOf(b))).at(-1) ?? versions[0]
}
