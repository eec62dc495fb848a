import { methods } from '../../src/pdk/methods.ts'
import { dialectsOf, type Row } from '../../src/pdk/row.ts'
import type { ManifestPlugin } from '../manifest.ts'
import { type Findings, found, joinFindings, noted, nothing } from './findings.ts'
import { type KongVersion, reaches, writeKongVersion } from './kong-version.ts'
import { notesOnFunction } from './quirks.ts'

const rows = new Map(rowsOf(methods).map((row) => [row.name, row]))

/** What the code of a plugin asks of Kong that this Kong cannot do, or does otherwise. */
export function checkFunctions(plugin: ManifestPlugin, kong: KongVersion): Findings {
  return joinFindings(
    ...[...new Set(plugin.pdk)].map((name) => {
      const row = rows.get(name)
      if (row === undefined)
        return noted(`${plugin.name} names ${name}, which this version of kong-ts knows nothing of.`)
      return checkFunction(row, plugin, kong)
    }),
  )
}

function checkFunction(row: Row, described: ManifestPlugin, kong: KongVersion): Findings {
  const { name } = row
  const { name: plugin, protocol } = described
  if (!dialectsOf(row).some((dialect) => dialect === protocol))
    return found({
      name,
      have: protocol,
      want: dialectsOf(row).join(' or '),
      advice: `the code of ${plugin} names it, and fails where it calls it: set protocol: '${dialectsOf(row)[0]}' in its definition, or do without`,
    })
  const edition =
    row.edition === 'enterprise' ? noted(`${plugin} names ${name}, which only Kong Enterprise has.`) : nothing
  const since = sinceOf(row, protocol)
  if (!reaches(kong, since))
    return joinFindings(
      found({
        name,
        have: `Kong ${writeKongVersion(kong)}`,
        want: `Kong ${since} or later`,
        advice: `the code of ${plugin} names it, and fails where it calls it: use such a Kong, or do without`,
      }),
      edition,
    )
  return joinFindings(edition, noted(...notesOnFunction(name, described, kong)))
}

function sinceOf(row: Row, protocol: string): string {
  const since = protocol === 'ProtoBuf:1' ? (row.protobuf?.since ?? row.since) : row.since
  return since === '3.x' ? '3.0' : since
}

function rowsOf(value: unknown): Row[] {
  if (typeof value !== 'object' || value === null) return []
  if ('name' in value && 'since' in value) return [value as Row]
  return Object.values(value).flatMap(rowsOf)
}
