import { basename, dirname, extname, resolve } from 'node:path'
import { BuildError, UsageError } from './errors.ts'

/**
 * The name of a plugin's binary: its file's, or its folder's where the file is called plugin or index; a folder called
 * src is passed over.
 */
export function nameOf(file: string): string {
  const own = basename(file, extname(file))
  return checkName(own === 'plugin' || own === 'index' ? folderName(dirname(resolve(file))) : own, file)
}

function folderName(folder: string): string {
  return basename(folder) === 'src' ? basename(dirname(folder)) : basename(folder)
}

export function checkName(name: string, file: string): string {
  if (isKongsCommand(name))
    throw new UsageError(
      `Cannot name the binary of ${file} "${name}": in /usr/local/bin that is Kong's own command; rename it, or choose another with --name, or NAME= for make`,
    )
  if (isName(name)) return name
  const fine = fittingName(name)
  throw new UsageError(
    `Cannot name the binary of ${file} "${name}": Kong reads pluginserver_names in lower case and makes names of settings from them, so that only a-z, 0-9, "_" and "-" will do, the first a letter or digit, and ${longestName} of them at most; rename it, or choose another with --name ${fine || 'my-plugin'}, or NAME=${fine || 'my-plugin'} for make`,
  )
}

/** Whether Kong can start a plugin server of that name. */
export function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]*$/.test(name) && name.length <= longestName
}

/** It is a part of the path of a socket, of which no system takes much more than 100 bytes, and of names in Kubernetes. */
export const longestName = 50

/** Whether packages or images of Kong have a program of that name where Kong looks for plugin servers. */
export function isKongsCommand(name: string): boolean {
  return ['kong', 'kong-health', 'resty', 'lua', 'luajit', 'luarocks', 'luarocks-admin', 'nginx'].includes(
    name,
  )
}

/** The name that is nearest to one that Kong cannot use; empty where nothing of it will do. */
export function fittingName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[_-]+/, '')
    .slice(0, longestName)
    .replace(/-+$/, '')
}

/** Whether a plugin of that name comes with Kong itself. */
export function isKongsOwn(name: string): boolean {
  return kongsOwn.has(name.toLowerCase())
}

/** Refuses what Kong calls a plugin of its own: it would use that one, and never ask for ours. */
export function checkPluginName(name: string): void {
  if (!isKongsOwn(name)) return
  throw new BuildError(
    `Kong has a plugin "${name}" of its own, which it would use instead, without a word: choose another name`,
  )
}

/** The plugins of the open-source Kong 3.9.1 (kong/constants.lua). */
const kongsOwn = new Set(
  `jwt acl correlation-id cors oauth2 tcp-log udp-log file-log http-log key-auth hmac-auth basic-auth ip-restriction
  request-transformer response-transformer request-size-limiting rate-limiting response-ratelimiting syslog loggly
  datadog ldap-auth statsd bot-detection aws-lambda request-termination prometheus proxy-cache session acme
  grpc-gateway grpc-web pre-function post-function azure-functions zipkin opentelemetry ai-proxy ai-prompt-decorator
  ai-prompt-template ai-prompt-guard ai-request-transformer ai-response-transformer standard-webhooks redirect`.split(
    /\s+/,
  ),
)

/** Whether Kong Enterprise has a plugin of that name, and the open-source gateway has none. */
export function isEnterprises(name: string): boolean {
  return enterprises.has(name.toLowerCase())
}

/** From Kong's documentation up to 3.10: there is no source to read them from. */
const enterprises = new Set(
  `ai-azure-content-safety ai-proxy-advanced ai-rag-injector ai-rate-limiting-advanced ai-sanitizer ai-semantic-cache
  ai-semantic-prompt-guard app-dynamics application-registration canary collector confluent confluent-consume degraphql
  exit-transformer forward-proxy graphql-proxy-cache-advanced graphql-rate-limiting-advanced header-cert-auth
  injection-protection jq json-threat-protection jwt-signer kafka-consume kafka-log kafka-upstream key-auth-enc
  ldap-auth-advanced mocking mtls-auth oas-validation oauth2-introspection opa openid-connect proxy-cache-advanced
  rate-limiting-advanced request-callout request-transformer-advanced request-validator response-transformer-advanced
  route-by-header route-transformer-advanced saml service-protection statsd-advanced tls-handshake-modifier
  tls-metadata-headers upstream-oauth upstream-timeout vault-auth websocket-size-limit websocket-validator
  xml-threat-protection`.split(/\s+/),
)
