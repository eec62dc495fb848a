import type { Inspection } from './inspection.ts'

const build = 'build one with kong-ts build, and name dist/<platform>/<name>'

/**
 * What is missing in a binary or does not fit together, a sentence each; `fault` is that of its signature, `damaged`
 * says that its seal does not fit.
 */
export function remarksOn(
  inspection: Omit<Inspection, 'remarks'>,
  fault: string | undefined,
  damaged: boolean,
): string[] {
  const { executable, fuse, manifest, node } = inspection
  const remarks: string[] = []
  if (executable.blob === undefined) remarks.push(withoutBlob(inspection))
  else if (fuse === 'absent')
    remarks.push('It holds a program for Node, but no Node to run it: build it again')
  else if (fuse === 'unset')
    remarks.push(
      'Its Node starts as a plain Node: the fuse that makes it look for the plugin is not set; build it again',
    )
  if (executable.blob !== undefined && manifest === undefined)
    remarks.push(
      'It holds a program for Node but no manifest: another tool made it, or a kong-ts-pdk from before there were manifests',
    )
  if (manifest !== undefined) {
    const platform = `${executable.os}-${executable.arch}`
    if (manifest.platform !== platform)
      remarks.push(`Its manifest says ${manifest.platform}, but the file is for ${platform}: build it again`)
    if (node !== undefined && manifest.node !== node)
      remarks.push(
        `Its blob was made for Node ${manifest.node}, but lies in Node ${node}, which may crash or ignore it: build it again`,
      )
  }
  if (damaged)
    remarks.push('The file is not as it was built: its SHA-256 does not fit; copy it again or build it again')
  if (fault !== undefined)
    remarks.push(executable.arch === 'arm64' ? `${fault}; macOS will not start it: sign it again` : fault)
  return remarks
}

function withoutBlob({ fuse, node }: Omit<Inspection, 'remarks'>): string {
  if (fuse === 'absent') return `It is not a binary of kong-ts-pdk, as there is no Node inside: ${build}`
  if (fuse === 'unset')
    return `It is a plain Node${node === undefined ? '' : ` ${node}`} without a plugin: ${build}`
  return 'Its Node looks for a plugin, but there is none: a tool as strip or upx took it out after the build; build it again'
}
