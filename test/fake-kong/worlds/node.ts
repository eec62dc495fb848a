/** The node that all requests were recorded on. */
export const node = {
  id: 'a3f56a73-2cf8-474c-aa07-11954e11e7cb',
  hostname: 'vm',
  version: '3.9.1',
  logLevel: 'debug',
}

/** `{vault://env/path}` is the environment's PATH, cut off as it was recorded. */
export const secrets = {
  '{vault://env/path}': `${'/usr/local/bin:'.repeat(16)}/usr/lon`,
}
