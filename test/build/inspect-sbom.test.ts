import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BuildError } from '../../build/errors.ts'
import { describeMaterials } from '../../build/inspect/sbom.ts'
import type { Manifest } from '../../build/manifest.ts'
import { inspectionOf, sample, sha256 } from './support/manifest.ts'

const node = 'pkg:generic/node@24.21.0'
const kit = 'pkg:npm/kong-ts-pdk@0.2.0'
const addon = `sha256:${'cd'.repeat(32)}#bcrypt/prebuilds/linux-x64/bcrypt.glibc.node`

test('describeMaterials writes each part of a binary once, with its identity, licence and hash', () => {
  assert.equal(materialsOf(sample), {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: 'urn:uuid:01234567-89ab-8def-8123-456789abcdef',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'post-build' }],
      component: {
        type: 'application',
        'bom-ref': `sha256:${sha256}`,
        name: 'guard',
        version: '1.2.3',
        hashes: [{ alg: 'SHA-256', content: sha256 }],
        properties: [
          { name: 'kong-ts-pdk:platform', value: 'linux-x64' },
          { name: 'kong-ts-pdk:plugin', value: 'guard 1.2.3' },
        ],
      },
    },
    components: [
      {
        type: 'platform',
        'bom-ref': node,
        name: 'node',
        version: '24.21.0',
        licenses: [{ license: { id: 'MIT' } }],
        cpe: 'cpe:2.3:a:nodejs:node.js:24.21.0:*:*:*:*:*:*:*',
        purl: node,
        externalReferences: [
          {
            type: 'license',
            url: 'https://github.com/nodejs/node/blob/v24.21.0/LICENSE',
            comment: 'with the licences of OpenSSL, V8, ICU and all else that is part of Node',
          },
        ],
      },
      {
        type: 'library',
        'bom-ref': kit,
        name: 'kong-ts-pdk',
        version: '0.2.0',
        licenses: [{ license: { id: 'Apache-2.0' } }],
        purl: kit,
      },
      {
        type: 'library',
        'bom-ref': 'pkg:npm/%40scope/tool@1.0.0%2Bbuild.5',
        group: '@scope',
        name: 'tool',
        version: '1.0.0+build.5',
        licenses: [{ expression: '(MIT OR Apache-2.0)' }],
        purl: 'pkg:npm/%40scope/tool@1.0.0%2Bbuild.5',
      },
      {
        type: 'library',
        'bom-ref': 'pkg:npm/bcrypt@6.0.0',
        name: 'bcrypt',
        version: '6.0.0',
        licenses: [{ license: { id: 'MIT' } }],
        purl: 'pkg:npm/bcrypt@6.0.0',
      },
      {
        type: 'library',
        'bom-ref': 'pkg:npm/odd@0.0.1',
        name: 'odd',
        version: '0.0.1',
        licenses: [{ license: { name: 'SEE LICENSE IN LICENSE.txt' } }],
        purl: 'pkg:npm/odd@0.0.1',
      },
      {
        type: 'library',
        'bom-ref': 'pkg:npm/silent@2.0.0',
        name: 'silent',
        version: '2.0.0',
        purl: 'pkg:npm/silent@2.0.0',
      },
      {
        type: 'file',
        'bom-ref': addon,
        name: 'bcrypt/prebuilds/linux-x64/bcrypt.glibc.node',
        hashes: [{ alg: 'SHA-256', content: 'cd'.repeat(32) }],
      },
    ],
    dependencies: [
      {
        ref: `sha256:${sha256}`,
        dependsOn: [
          ...[node, kit, 'pkg:npm/%40scope/tool@1.0.0%2Bbuild.5', 'pkg:npm/bcrypt@6.0.0'],
          ...['pkg:npm/odd@0.0.1', 'pkg:npm/silent@2.0.0', addon],
        ],
      },
      { ref: 'pkg:npm/bcrypt@6.0.0', dependsOn: [addon] },
    ],
    compositions: [
      {
        aggregate: 'unknown',
        assemblies: [node],
        dependencies: [
          ...[kit, 'pkg:npm/%40scope/tool@1.0.0%2Bbuild.5', 'pkg:npm/bcrypt@6.0.0'],
          ...['pkg:npm/odd@0.0.1', 'pkg:npm/silent@2.0.0'],
        ],
      },
    ],
  })
})

test('describeMaterials lists a package that stands twice once, and two versions of it as two', () => {
  const twice = { name: 'a', version: '1.0.0', license: 'MIT' }
  const packages = [twice, twice, { ...twice, version: '2.0.0' }, { name: 'kong-ts-pdk', version: '0.2.0' }]
  const wants = { libraries: [], wantedVersions: {} }
  const addons = ['a/x.node', 'a/x.node', 'ab/y.node'].map((file) => ({
    file,
    sha256,
    asset: file,
    ...wants,
  }))
  const { components, dependencies } = materialsOf({ ...sample, packages, addons })
  assert.equal(
    components.map((component) => component['bom-ref']),
    [
      node,
      kit,
      'pkg:npm/a@1.0.0',
      'pkg:npm/a@2.0.0',
      `sha256:${sha256}#a/x.node`,
      `sha256:${sha256}#ab/y.node`,
    ],
  )
  assert.is(dependencies.length, 1, 'which of the two versions has the addon is not known')
})

test('describeMaterials gives a bundle a version where all its plugins have that one', () => {
  const [plugin] = sample.plugins
  assert.ok(plugin)
  const other = { ...plugin, name: 'other' }
  const versionOf = (plugins: Manifest['plugins']) =>
    materialsOf({ ...sample, plugins }).metadata.component.version
  assert.is(versionOf([plugin, other]), '1.2.3')
  assert.is(versionOf([plugin, { ...other, version: '2.0.0' }]), undefined)
})

test('describeMaterials refuses a binary without a manifest, and says what it is', () => {
  const { manifest, ...rest } = inspectionOf(sample)
  assert.throws(
    () => describeMaterials({ ...rest, remarks: ['It is a plain Node'] }),
    (error: unknown) =>
      error instanceof BuildError &&
      error.message ===
        'Cannot write a bill of materials of dist/guard: it has no manifest. It is a plain Node',
  )
})

test.run()

function materialsOf(manifest: Manifest) {
  return describeMaterials(inspectionOf(manifest))
}
