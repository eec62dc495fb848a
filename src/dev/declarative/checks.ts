// What Kong checks of single values beyond its schema language, in its words (kong/db/schema/typedefs.lua).
import { isIP } from 'node:net'
import { normalizedPath } from '../../fake-kong/uri.ts'
import { compileRegex } from '../router/regex.ts'

export type Check = (value: string) => string | undefined

export function checkName(value: string): string | undefined {
  if (/^[\w.\-~\u0080-\u{10ffff}]+$/u.test(value)) return undefined
  return `invalid value '${value}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`
}

/** The host of a service: a name or address without a port. */
export function checkHost(value: string): string | undefined {
  if (isIP(value.replace(/^\[(.*)\]$/, '$1')) !== 0 || isHostname(value)) return undefined
  const withoutPort = value.replace(/:\d+$/, '')
  const isFine = withoutPort !== value && (isIP(withoutPort) === 4 || isHostname(withoutPort))
  return isFine ? 'must not have a port' : `invalid value: ${value}`
}

/** A host of a route: with a port, and with a wildcard that the schema checks. */
export function checkRouteHost(value: string): string | undefined {
  const name = value.replaceAll('*', 'abc')
  const [, withoutPort = name, port] = /^(.*):(\d+)$/.exec(name) ?? []
  if (port !== undefined && Number(port) > 65535) return 'invalid port number'
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) === 6 || isIP(withoutPort.replace(/^\[(.*)\]$/, '$1')) !== 0)
    return undefined
  return isHostname(withoutPort) ? undefined : `invalid hostname: ${name}`
}

export function checkSni(value: string): string | undefined {
  const stars = value.split('*').length - 1
  if (stars > 0 && !value.startsWith('*') && !value.endsWith('*'))
    return 'wildcard must be leftmost or rightmost character'
  if (stars > 1) return 'only one wildcard must be specified'
  const name = value.replace('*', 'wildcard')
  if (isIP(name) !== 0) return 'must not be an IP'
  if (/:\d+$/.test(name) && isHostname(name.replace(/:\d+$/, ''))) return 'must not have a port'
  return isHostname(name) ? undefined : `invalid value: ${name}`
}

function isHostname(name: string): boolean {
  if (!/^[\w.-]+$/.test(name) || /^[\d.]+$/.test(name)) return false
  const labels = name.split('.')
  return labels.every((label, index) =>
    label === '' ? index > 0 && index === labels.length - 1 : !label.endsWith('-'),
  )
}

/** The path of a service. */
export function checkPath(value: string): string | undefined {
  if (!plainPath.test(value))
    return `invalid path: '${value}' (characters outside of the reserved list of RFC 3986 found)`
  return checkEscapes(value)
}

/** A path of a route. */
export function checkRoutePath(value: string): string | undefined {
  const wrong = plainPath.test(value) ? checkEscapes(value) : undefined
  if (wrong !== undefined) return wrong
  if (value.startsWith('~')) return checkRegex(value.slice(1))
  const normalized = normalizedPath(value)
  return value === normalized ? undefined : `non-normalized path, consider use '${normalized}' instead`
}

const plainPath = /^\/[\w.\-~/%:@!$&'()*+,;=]*$/

function checkEscapes(path: string): string | undefined {
  const [wrong] = /%.{0,2}/.exec(path.replace(/%[0-9a-f]{2}/gi, '___')) ?? []
  return wrong === undefined ? undefined : `invalid url-encoded value: '${wrong}'`
}

/** A value of a header that a route asks for. */
export function checkHeader(value: string): string | undefined {
  return value.startsWith('~*') ? checkRegex(value.slice(2).toLowerCase()) : undefined
}

function checkRegex(source: string): string | undefined {
  try {
    compileRegex(source)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `invalid regex: '${source}' (${why.replace(/^Invalid regular expression: .*: /, '')})`
  }
}

export function checkAddress(value: string): string | undefined {
  const [address = '', bits] = value.split(/\/(.*)/)
  const kind = isIP(address)
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 6 ? 128 : 32))
  return kind !== 0 && isRange ? undefined : `invalid ip or cidr range: '${value}'`
}
