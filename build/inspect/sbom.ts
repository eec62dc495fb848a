import { BuildError } from '../errors.ts'
import type { Manifest, ManifestAddon, ManifestPackage } from '../manifest.ts'
import type { Inspection } from './inspection.ts'
import { type LicenseChoice, licensesOf } from './license.ts'
import { nodePurl, npmPurl } from './purl.ts'

/** A bill of materials as CycloneDX 1.6 has it, as far as one is written here. */
export interface Bom {
  readonly $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json'
  readonly bomFormat: 'CycloneDX'
  readonly specVersion: '1.6'
  readonly serialNumber: string
  readonly version: 1
  readonly metadata: {
    readonly lifecycles: readonly [{ readonly phase: 'post-build' }]
    readonly component: Component
  }
  readonly components: readonly Component[]
  readonly dependencies: readonly Dependency[]
  readonly compositions: readonly Composition[]
}

export interface Component {
  readonly type: 'application' | 'platform' | 'library' | 'file'
  readonly 'bom-ref': string
  readonly group?: string
  readonly name: string
  readonly version?: string
  readonly hashes?: readonly [{ readonly alg: 'SHA-256'; readonly content: string }]
  readonly licenses?: readonly LicenseChoice[]
  readonly cpe?: string
  readonly purl?: string
  readonly externalReferences?: readonly {
    readonly type: 'license'
    readonly url: string
    readonly comment: string
  }[]
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
}

interface Dependency {
  readonly ref: string
  readonly dependsOn: readonly string[]
}

interface Composition {
  readonly aggregate: 'unknown'
  readonly assemblies: readonly string[]
  readonly dependencies: readonly string[]
}

const kitName = 'kong-ts-pdk'
const kitLicense = 'Apache-2.0'

/**
 * The bill of materials of a binary: the same for the same bytes, so it has no time, and its serial number is made of
 * the binary's SHA-256. A binary without a manifest is a BuildError.
 */
export function describeMaterials({ file, sha256, manifest, remarks }: Inspection): Bom {
  if (manifest === undefined)
    throw new BuildError(
      `Cannot write a bill of materials of ${file}: it has no manifest. ${remarks.join('. ')}`,
    )
  const binary = binaryComponent(manifest, sha256)
  const node = nodeComponent(manifest.node)
  const packages = packageComponents(manifest)
  const addons = distinct(manifest.addons, ({ sha256, file }) => addonRef({ sha256, file })).map(
    addonComponent,
  )
  const components = [node, ...packages, ...addons]
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumberOf(sha256),
    version: 1,
    metadata: { lifecycles: [{ phase: 'post-build' }], component: binary },
    components,
    dependencies: [
      { ref: binary['bom-ref'], dependsOn: components.map((component) => component['bom-ref']) },
      ...addonOwners(manifest),
    ],
    // What Node was built of, and which package needs which other, stands in no binary.
    compositions: [
      {
        aggregate: 'unknown',
        assemblies: [node['bom-ref']],
        dependencies: packages.map((component) => component['bom-ref']),
      },
    ],
  }
}

function binaryComponent({ name, platform, plugins }: Manifest, sha256: string): Component {
  const [version, another] = new Set(plugins.map((plugin) => plugin.version))
  return {
    type: 'application',
    'bom-ref': `sha256:${sha256}`,
    name,
    ...(version === undefined || another !== undefined ? {} : { version }),
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    properties: [
      { name: 'kong-ts-pdk:platform', value: platform },
      ...plugins.map((plugin) => ({ name: 'kong-ts-pdk:plugin', value: `${plugin.name} ${plugin.version}` })),
    ],
  }
}

/** Node brings the code of many others, whose licences stand in its own licence file. */
function nodeComponent(version: string): Component {
  return {
    type: 'platform',
    'bom-ref': nodePurl(version),
    name: 'node',
    version,
    licenses: [{ license: { id: 'MIT' } }],
    cpe: `cpe:2.3:a:nodejs:node.js:${version.replace(/[^\w.]/g, '\\$&')}:*:*:*:*:*:*:*`,
    purl: nodePurl(version),
    externalReferences: [
      {
        type: 'license',
        url: `https://github.com/nodejs/node/blob/v${encodeURIComponent(version)}/LICENSE`,
        comment: 'with the licences of OpenSSL, V8, ICU and all else that is part of Node',
      },
    ],
  }
}

/** The kit's own code is in every binary, whether its list of packages names it or not. */
function packageComponents({ kit, packages }: Manifest): Component[] {
  const own = { name: kitName, version: kit, license: kitLicense }
  return distinct([own, ...packages], ({ name, version }) => npmPurl(name, version)).map(packageComponent)
}

function packageComponent({ name, version, license }: ManifestPackage): Component {
  const slash = name.startsWith('@') ? name.indexOf('/') : -1
  const licenses = licensesOf(license)
  return {
    type: 'library',
    'bom-ref': npmPurl(name, version),
    ...(slash < 0 ? {} : { group: name.slice(0, slash) }),
    name: name.slice(slash + 1),
    version,
    ...(licenses.length === 0 ? {} : { licenses }),
    purl: npmPurl(name, version),
  }
}

function addonComponent({ file, sha256 }: ManifestAddon): Component {
  return {
    type: 'file',
    'bom-ref': addonRef({ file, sha256 }),
    name: file,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  }
}

function addonRef({ file, sha256 }: Pick<ManifestAddon, 'file' | 'sha256'>): string {
  return `sha256:${sha256}#${file}`
}

/** An addon belongs to the package whose name its path begins with, where the binary holds just one version of it. */
function addonOwners({ packages, addons }: Manifest): Dependency[] {
  return packages.flatMap(({ name, version }) => {
    const alone = packages.filter((other) => other.name === name).length === 1
    const own = addons.filter(({ file }) => file.startsWith(`${name}/`)).map(addonRef)
    return alone && own.length > 0 ? [{ ref: npmPurl(name, version), dependsOn: [...new Set(own)] }] : []
  })
}

/** A UUID of version 8, whose bits are free to choose. */
function serialNumberOf(sha256: string): string {
  const variant = ((Number.parseInt(sha256.slice(16, 17), 16) & 3) | 8).toString(16)
  const parts = [
    sha256.slice(0, 8),
    sha256.slice(8, 12),
    `8${sha256.slice(13, 16)}`,
    variant + sha256.slice(17, 20),
    sha256.slice(20, 32),
  ]
  return `urn:uuid:${parts.join('-')}`
}

function distinct<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()]
}
