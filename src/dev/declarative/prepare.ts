// What Kong and decK make of an entity's members before they are checked.
import { normalizedPath } from '../../fake-kong/uri.ts'
import { type Item, isTable, label, present, type Table } from './items.ts'
import type { Mistakes } from './mistakes.ts'

/** Fills in shorthands: `url` of a service, `_config` of a plugin, and paths of a file from before Kong 3.0. */
export function prepare(item: Item, top: Table, mistakes: Mistakes): Item {
  if (item.kind === 'services') return { ...item, data: withoutUrl(item, mistakes) }
  if (item.kind === 'plugins') return { ...item, data: withSharedConfig(item, top, mistakes) }
  if (item.kind === 'routes' && top._format_version !== '3.0')
    return { ...item, data: withNewPaths(item.data) }
  return item
}

function withoutUrl(item: Item, mistakes: Mistakes): Table {
  const { url, ...data } = item.data
  if (url === undefined) return data
  const at = [...item.path, 'url']
  if (present(data.host))
    mistakes.add(
      at,
      `${label(item)}: only one of 'url' and 'host' may be set, as 'url' stands for the host too`,
    )
  const parsed = typeof url === 'string' ? parseUrl(url) : undefined
  if (parsed !== undefined) return { ...data, ...parsed }
  mistakes.add(
    at,
    `${label(item)}, url: ${typeof url === 'string' ? `could not parse url '${url}': write it as http://host:port/path` : 'expected a string'}`,
  )
  return { ...data, host: 'unknown' }
}

/** Kong makes a path only of what is written, and knows no port but those of http and https. */
function parseUrl(url: string): Table | undefined {
  const [, scheme, host, port, path] = urlParts.exec(url) ?? []
  if (host === undefined || host === '') return undefined
  const written = port === undefined ? undefined : Number(port)
  const protocol = scheme?.toLowerCase() ?? (written === 443 ? 'https' : 'http')
  return {
    protocol,
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: written ?? (protocol === 'https' ? 443 : 80),
    ...(path !== undefined && path !== '' && { path }),
  }
}

const urlParts = /^(?:([A-Za-z][\w+.-]*):)?\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?(\/[^?#]*)?/

function withSharedConfig(item: Item, top: Table, mistakes: Mistakes): Table {
  const { _config: wanted, ...data } = item.data
  if (wanted === undefined) return data
  const shared = isTable(top._plugin_configs) ? top._plugin_configs[String(wanted)] : undefined
  if (isTable(shared)) return { ...data, config: { ...shared, ...(isTable(data.config) && data.config) } }
  mistakes.add(
    [...item.path, '_config'],
    `${label(item)}: there is no config '${String(wanted)}' in '_plugin_configs'`,
  )
  return data
}

function withNewPaths(data: Table): Table {
  const { paths } = data
  if (!Array.isArray(paths)) return data
  return { ...data, paths: paths.map((path) => (typeof path === 'string' ? newPath(path) : path)) }
}

/** Before Kong 3.0 a path was an expression where it looked like one. */
function newPath(path: string): string {
  if (path.startsWith('~')) return path
  if (/^[a-zA-Z0-9.\-_~/%]*$/.test(path)) return normalizedPath(path)
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (whole, hex) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16))
    if ("!#$%&'()*+,/:;=?@[]".includes(char)) return whole.toUpperCase()
    return '.^-{}\\|'.includes(char) ? `\\${char}` : char
  })
  return `~${decoded}`
}
