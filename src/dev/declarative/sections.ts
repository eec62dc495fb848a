/** What the top of a file may hold beside the entities that are read, and what is told about it. */
export const meta = new Set([
  '_format_version',
  '_transform',
  '_comment',
  '_ignore',
  '_info',
  '_workspace',
  '_konnect',
  '_plugin_configs',
])

export const formatVersions = ['1.1', '2.1', '3.0']

/** Sections that the local gateway does nothing with, and what follows from that. */
export const unused: Readonly<Record<string, string>> = {
  upstreams: 'it does not balance load, and connects to the host of a service itself',
  targets: 'it does not balance load, and connects to the host of a service itself',
  certificates: 'it makes a certificate of its own',
  snis: 'it makes a certificate of its own',
  ca_certificates: 'it does not check the certificates of services against them',
  vaults: 'references to them find nothing',
  keys: 'nothing asks for them',
  key_sets: 'nothing asks for them',
  filter_chains: 'it runs no WebAssembly filters',
  workspaces: 'all is in the workspace "default"',
  parameters: 'nothing asks for them',
  clustering_data_planes: 'it is one process',
  partials: 'plugins get their own config only',
}

/** Credentials and other entities of Kong's plugins. */
export const ofPlugins = new Set([
  'acls',
  'acme_storage',
  'basicauth_credentials',
  'consumer_group_consumers',
  'consumer_group_plugins',
  'hmacauth_credentials',
  'jwt_secrets',
  'keyauth_credentials',
  'keyauth_enc_credentials',
  'mtls_auth_credentials',
  'oauth2_authorization_codes',
  'oauth2_credentials',
  'oauth2_tokens',
  'ratelimiting_metrics',
  'sessions',
])
