import type { ManifestAddon, ManifestPlugin } from '../manifest.ts'
import type { MachOSignature } from '../sign/mach-o-check.ts'
import type { Inspection } from './inspection.ts'
import { printable } from './printable.ts'

/** A name and what stands behind it; several values become several lines. */
type Row = readonly [name: string, ...values: readonly string[]]

const formats = { elf: 'ELF', 'mach-o': 'Mach-O', pe: 'PE' }
const systems = { linux: 'Linux', darwin: 'macOS', win: 'Windows' }
const lineWidth = 96

/** An inspection for a person, in lines of at most 96 columns where the names in it allow. */
export function describeInspection(inspection: Inspection): string[] {
  const { manifest } = inspection
  const blocks = [
    table([...fileRows(inspection), ...buildRows(inspection)]),
    ...(manifest?.plugins ?? []).map((plugin) => [
      `plugin ${plugin.name}`,
      ...indented(table(pluginRows(plugin))),
    ]),
    ...titled(
      'packages',
      table(
        (manifest?.packages ?? []).map(({ name, version, license }) => [
          `${name} ${version}`,
          license ?? 'no license named',
        ]),
      ),
    ),
    ...titled('native addons', (manifest?.addons ?? []).flatMap(addonLines)),
    ...titled(
      'remarks',
      inspection.remarks.flatMap((remark) => wrap(remark.split(' '), lineWidth - 2)),
    ),
  ]
  return [inspection.file, ...blocks.flatMap((block) => ['', ...block])].map(printable)
}

function fileRows({ size, sha256, executable, highestVersions }: Inspection): Row[] {
  const { format, os, arch, libc, libraries, minimumSystem, stripped } = executable
  const symbols = Object.entries(highestVersions).map(([family, version]) => `${family} ${version}`)
  return [
    ['size', `${size.toLocaleString('en-US')} bytes`],
    ['SHA-256', sha256],
    ['format', `${formats[format]}${stripped === true ? ', stripped' : ''}`],
    ['system', `${systems[os]}${minimumSystem === undefined ? '' : ` ${minimumSystem} or newer`}`],
    ['processor', arch],
    ...optional('libc', libc),
    ...(format === 'elf' ? listed('symbols', symbols, ', ') : []),
    ...listed('libraries', libraries, ', '),
  ]
}

function buildRows({ node, fuse, executable, signature, manifest }: Inspection): Row[] {
  const { blob } = executable
  const rows: Row[] = [
    ...optional('Node', node ?? manifest?.node),
    ...optional(
      'blob',
      blob && `${blob.size.toLocaleString('en-US')} bytes at ${blob.offset.toLocaleString('en-US')}`,
    ),
    ...optional('fuse', fuse === 'absent' ? undefined : fuse),
    ...optional('signature', signature && signatureText(signature)),
  ]
  if (manifest === undefined) return rows
  const { execArgv, codeCache } = manifest.flags
  return [
    ...rows,
    ['kit', `kong-ts-pdk ${manifest.kit}`],
    ['built as', `${manifest.name} for ${manifest.platform}`],
    ...listed('Node options', execArgv, ' '),
    ['code cache', codeCache ? 'inside' : 'none'],
  ]
}

function signatureText({ adHoc, team, identifier, pages }: MachOSignature): string {
  const signer = adHoc ? 'ad hoc' : `of ${team === undefined ? 'a developer without a team' : `team ${team}`}`
  return `${signer} as ${identifier}, holds for all of ${pages.toLocaleString('en-US')} pages`
}

function pluginRows({ version, priority, phases, protocol, schemaHash, pdk }: ManifestPlugin): Row[] {
  return [
    ['version', version],
    ['priority', String(priority)],
    ...listed('phases', phases, ', '),
    ['protocol', protocol],
    ['schema', `SHA-256 ${schemaHash}`],
    ...listed('functions', pdk, ', '),
  ]
}

function addonLines({ file, sha256, libraries }: ManifestAddon): string[] {
  return [file, ...indented(table([['SHA-256', sha256], ...listed('libraries', libraries, ', ')]))]
}

function optional(name: string, value: string | undefined): Row[] {
  return value === undefined ? [] : [[name, value]]
}

function listed(name: string, values: readonly string[], separator: ', ' | ' '): Row[] {
  if (values.length === 0) return [[name, 'none']]
  const words = values.map((value, index) =>
    index < values.length - 1 ? value + separator.trimEnd() : value,
  )
  return [[name, ...wrap(words, lineWidth - 16)]]
}

function titled(title: string, lines: readonly string[]): string[][] {
  return lines.length === 0 ? [] : [[title, ...indented(lines)]]
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** Values begin in one column; further lines of a value have an empty name. */
function table(rows: readonly Row[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length)) + 2
  return rows.flatMap(([name, ...values]) =>
    values.map((value, index) => (index === 0 ? name : '').padEnd(width) + value),
  )
}

/** Words in lines; a word that is longer than a line has one of its own. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
