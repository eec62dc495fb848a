/** What `--format` takes. */
export const formats = [
  'kong.conf',
  'env',
  'compose',
  'dockerfile',
  'helm',
  'kic',
  'deck',
  'systemd',
  'lua-schema',
] as const
export type Format = (typeof formats)[number]
