import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { extract } from 'tar'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { licensesOf } from '../../build/inspect/license.ts'
import { type Bom, describeMaterials } from '../../build/inspect/sbom.ts'
import { packPackage } from '../../build/npm.ts'
import { inspectionOf, sample } from './support/manifest.ts'
import { temporaryFolder } from './support/temporary.ts'

// The schemas are those of the specification, from the package of its own tools.
const folder = temporaryFolder()
const tarball = await packPackage('@cyclonedx/cyclonedx-library@10.3.0', folder)
await extract({ file: tarball, cwd: folder, filter: (path) => path.includes('/res/schema/') })
const [bom, spdx, signatures] = ['bom-1.6', 'spdx', 'jsf-0.82'].map((name) =>
  JSON.parse(readFileSync(join(folder, `package/res/schema/${name}.SNAPSHOT.schema.json`), 'utf8')),
)
const formats = {
  'date-time': true,
  'idn-email': true,
  'iri-reference': isReference,
  uri: isReference,
} as const
const schemas = {
  'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json': spdx,
  'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json': signatures,
}
const ajv = new Ajv({ strict: false, allErrors: true, schemas, formats })
const check = ajv.compile(bom)

test('describeMaterials writes what the schema of CycloneDX 1.6 takes', () => {
  assert.equal(faultsOf(describe()), [])
})

test('the schema refuses what describeMaterials must not write', () => {
  const whole = describe()
  const [node, ...components] = whole.components
  const broken: [unknown, RegExp][] = [
    [{ ...whole, serialNumber: 'urn:uuid:0123' }, /serialNumber must match pattern/],
    [
      { ...whole, components: [{ ...node, licenses: [{ license: { id: 'Apache 2.0' } }] }] },
      /must be equal to one of/,
    ],
    [{ ...whole, components: [{ ...node, type: 'runtime' }] }, /components\/0\/type must be equal to one of/],
    [{ ...whole, components: [...components, components[0]] }, /must NOT have duplicate items/],
    [
      { ...whole, metadata: { component: { ...node, hashes: [{ alg: 'SHA-256', content: 'x' }] } } },
      /content must match pattern/,
    ],
  ]
  for (const [document, fault] of broken) assert.match(faultsOf(document).join('\n'), fault)
})

test('licensesOf knows only ids of the SPDX list', () => {
  const official: ReadonlySet<string> = new Set(spdx.enum)
  const known = [...official].filter((id) => isId(licensesOf(id)))
  assert.ok(known.length > 100, `${known.length} of ${official.size}`)
  const source = readFileSync(new URL('../../build/inspect/license.ts', import.meta.url), 'utf8')
  const listed = /new Set\(\s*`([^`]*)`/.exec(source)?.[1]?.trim().split(/\s+/) ?? []
  assert.equal(
    listed.filter((id) => !official.has(id)),
    [],
  )
  assert.is(known.length, listed.length)
})

test.run()

function describe(): Bom {
  return describeMaterials(inspectionOf(sample))
}

function isReference(text: string): boolean {
  return URL.canParse(text, 'https://base.invalid')
}

function faultsOf(document: unknown): string[] {
  check(document)
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

function isId([choice]: ReturnType<typeof licensesOf>): boolean {
  return choice !== undefined && 'license' in choice && 'id' in choice.license
}
