import type { ManifestPlugin } from '../manifest.ts'
import { type Findings, found, noted, nothing } from './findings.ts'

/** What Kong calls the protocols of its stream subsystem; all others are of requests. */
const streams = ['tcp', 'tls', 'tls_passthrough', 'udp']

/** In `preread` Kong runs only plugins for a protocol of streams: past all others connections go without a word. */
export function checkProtocols(plugin: ManifestPlugin): Findings {
  const { name, phases } = plugin
  if (!phases.includes('preread')) return nothing
  const allowed = protocolsOf(plugin)
  if (allowed === undefined)
    return noted(
      `${name} has the phase preread, but its schema names no protocols: connections pass without it, but where its configuration says protocols: [tcp, tls].`,
    )
  if (allowed.some((protocol) => streams.includes(protocol))) return nothing
  return found({
    name: `phase preread of ${name}`,
    have: `a plugin for ${allowed.join(', ')}`,
    want: 'a protocol of streams, as tcp or tls',
    advice: 'add it to the protocols of the plugin: connections pass without it',
  })
}

/** What its schema has the plugin put on, if it says. */
function protocolsOf({ schema }: ManifestPlugin): readonly string[] | undefined {
  const { fields } = schema as { fields?: readonly { protocols?: { default?: unknown } }[] }
  if (!Array.isArray(fields)) return undefined
  const protocols: unknown = fields.find((entry) => entry?.protocols !== undefined)?.protocols?.default
  return Array.isArray(protocols) ? protocols.map(String) : undefined
}
