/** What an addon has to be made for, in the words of Node's `process` and of npm. */
export interface AddonTarget {
  /** As the table of targets names it: `win-x64`. */
  readonly name: string
  readonly platform: 'linux' | 'darwin' | 'win32'
  readonly arch: string
  /** NODE_MODULE_VERSION of the Node inside; without it only addons of Node-API can be chosen among several. */
  readonly abi?: string
}

export function addonTarget(name: string, abi: string | undefined): AddonTarget {
  const [system = '', arch = ''] = name.split('-')
  const platform = system === 'win' ? 'win32' : system === 'darwin' ? 'darwin' : 'linux'
  return { name, platform, arch, ...(abi === undefined ? {} : { abi }) }
}
