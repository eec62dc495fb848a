import type { Manifest, ManifestPlugin } from '../manifest.ts'
import { isEnterprises } from '../name.ts'
import { type Findings, found, joinFindings, noted, nothing } from './findings.ts'
import { checkFunctions } from './functions.ts'
import {
  compareLines,
  type KongVersion,
  lineOf,
  newestKnown,
  reaches,
  writeKongVersion,
} from './kong-version.ts'
import { checkProtocols } from './protocols.ts'
import { notesOnKong } from './quirks.ts'
import { checkSchema } from './schema.ts'

/** Who starts the binary: Kong by `start_cmd`, or somebody else. */
export type Server = 'managed' | 'unmanaged'

/**
 * Kong 2.0 to 2.2 loaded Go plugins only; 2.3 reads a dump as a bare list and knows no ProtoBuf, and finds no plugin
 * in a dump that names its protocol (kong/runloop/plugin_servers/process.lua of 2.3.0 and 2.4.0).
 */
const floor = '2.4'

/** What a binary wants of Kong itself. */
export function checkKong(manifest: Manifest, kong: KongVersion, server: Server | undefined): Findings {
  if (!reaches(kong, floor))
    return found({
      name: 'Kong',
      have: `Kong ${writeKongVersion(kong)}`,
      want: `Kong ${floor} or later`,
      advice: `earlier ones ${reaches(kong, '2.3') ? 'find no plugin in its dump' : 'start no plugin servers, but for go-pluginserver'}: use a later Kong`,
    })
  return joinFindings(
    newness(kong),
    checkServer(kong, server, manifest.plugins.length > 1),
    ...manifest.plugins.map((plugin) => checkPlugin(plugin, kong)),
  )
}

function newness(kong: KongVersion): Findings {
  if (compareLines(kong, newestKnown) <= 0) return nothing
  return noted(
    `Kong ${lineOf(kong)} is later than what this version of kong-ts knows: checked as Kong ${lineOf(newestKnown)}.`,
  )
}

/**
 * 3.1 to 3.4 wait for a server that Kong starts itself, for each name. 3.9 shows its process to the Admin API
 * (Kong/kong#14260): the gateway itself works, so that is a note.
 */
function checkServer(kong: KongVersion, server: Server | undefined, several: boolean): Findings {
  const line = lineOf(kong)
  if (neverReady(kong)) {
    const rule = `Kong ${line} never uses a server that it did not start itself, and requests pass without the plugin`
    const cure = several
      ? 'give each plugin of the binary a start_cmd and a socket of its own, by symlinks to it'
      : 'set start_cmd'
    if (server === 'managed' && !several) return nothing
    if (server !== 'unmanaged') return noted(`${rule}: ${cure}.`)
    return found({
      name: 'plugin server',
      have: `unmanaged, with Kong ${line}`,
      want: 'managed, or a Kong other than 3.1 to 3.4',
      advice: `${rule}: ${cure}`,
    })
  }
  if (line !== '3.9' || server === 'unmanaged') return nothing
  return noted(
    'With a server that Kong 3.9 starts itself, GET / of the Admin API fails, and with it decK and the Ingress Controller (Kong/kong#14260): if you need these, leave start_cmd out, keep the binary outside /usr/local/bin, and start it yourself as the user of Kong, as kong-ts config --unmanaged prints it.',
  )
}

function neverReady(kong: KongVersion): boolean {
  return reaches(kong, '3.1') && !reaches(kong, '3.5')
}

function checkPlugin(plugin: ManifestPlugin, kong: KongVersion): Findings {
  return joinFindings(
    checkName(plugin, kong),
    checkVersion(plugin, kong),
    checkPriority(plugin, kong),
    checkPhases(plugin, kong),
    checkProtocols(plugin),
    checkSchema(plugin, kong),
    checkFunctions(plugin, kong),
    noted(...notesOnKong(plugin, kong)),
  )
}

/** Kong takes a plugin of its own first, and never asks for another of that name. From 3.10 on there is only Enterprise. */
function checkName({ name }: ManifestPlugin, kong: KongVersion): Findings {
  if (!isEnterprises(name)) return nothing
  const rule = `Kong Enterprise has a plugin ${name} of its own, which it uses instead, without a word`
  if (!reaches(kong, '3.10')) return noted(`${rule}: choose another name for a plugin that is to run there.`)
  return found({
    name: `name of ${name}`,
    have: `Kong ${writeKongVersion(kong)}, which is Kong Enterprise`,
    want: 'a name that Kong has not taken',
    advice: `${rule}: choose another name`,
  })
}

function checkVersion({ name, version }: ManifestPlugin, kong: KongVersion): Findings {
  const numbers = /\d+(?:\.\d+)*/.exec(version)?.[0].split('.') ?? []
  if (!reaches(kong, '3.0') || (numbers.length >= 1 && numbers.length <= 3)) return nothing
  return found({
    name: `version of ${name}`,
    have: `Kong ${writeKongVersion(kong)}, which takes x.y.z`,
    want: version === '' ? 'no version' : version,
    advice: 'write it as 1.0.0: from 3.0 on Kong does not start with another form',
  })
}

function checkPriority({ name, priority }: ManifestPlugin, kong: KongVersion): Findings {
  if (!reaches(kong, '3.0') || Number.isInteger(priority)) return nothing
  return found({
    name: `priority of ${name}`,
    have: `Kong ${writeKongVersion(kong)}, which takes a whole number`,
    want: String(priority),
    advice: 'make it whole: from 3.0 on Kong does not start with another one',
  })
}

/** The phases in which Kong can wait for a plugin server. */
const answered = ['certificate', 'rewrite', 'access', 'response', 'preread', 'log']
const deadly = ['header_filter', 'body_filter']

function checkPhases({ name, phases }: ManifestPlugin, kong: KongVersion): Findings {
  const refused = phases.filter((phase) => deadly.includes(phase))
  const ignored = phases.filter((phase) => !answered.includes(phase) && !deadly.includes(phase))
  return joinFindings(
    ...refused.map((phase) =>
      found({
        name: `phase ${phase} of ${name}`,
        have: 'no Kong that can wait for a plugin server there',
        want: phase,
        advice: 'each request would fail: use response',
      }),
    ),
    ...ignored.map((phase) =>
      noted(`${name} has the phase ${phase}, in which Kong never asks a plugin server.`),
    ),
    phases.includes('preread') && neverReady(kong)
      ? found({
          name: `phase preread of ${name}`,
          have: `Kong ${lineOf(kong)}, which never asks a plugin server there`,
          want: 'preread',
          advice: 'use a Kong other than 3.1 to 3.4: connections pass without the plugin',
        })
      : nothing,
  )
}
