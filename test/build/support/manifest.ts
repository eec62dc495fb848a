import type { Inspection } from '../../../build/inspect/inspection.ts'
import type { Manifest } from '../../../build/manifest.ts'

/** A manifest with something in each of its parts. */
export const sample: Manifest = {
  kit: '0.2.0',
  node: '24.21.0',
  platform: 'linux-x64',
  name: 'guard',
  plugins: [
    {
      name: 'guard',
      version: '1.2.3',
      priority: 1001,
      phases: ['access', 'log'],
      protocol: 'ProtoBuf:1',
      schema: { name: 'guard', fields: [] },
      schemaHash: 'ab'.repeat(32),
      pdk: ['kong.request.get_header', 'kong.response.exit'],
    },
  ],
  packages: [
    { name: '@scope/tool', version: '1.0.0+build.5', license: '(MIT OR Apache-2.0)' },
    { name: 'bcrypt', version: '6.0.0', license: 'MIT' },
    { name: 'odd', version: '0.0.1', license: 'SEE LICENSE IN LICENSE.txt' },
    { name: 'silent', version: '2.0.0' },
  ],
  addons: [
    {
      file: 'bcrypt/prebuilds/linux-x64/bcrypt.glibc.node',
      sha256: 'cd'.repeat(32),
      asset: 'addon-0',
      libraries: ['libstdc++.so.6', 'libc.so.6'],
      wantedVersions: { 'libc.so.6': ['GLIBC_2.14'] },
    },
  ],
  flags: { execArgv: ['--disable-sigusr1', '--no-addons'], codeCache: false, stripped: true },
}

export const sha256 = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'

/** What would be found in a sound binary with this manifest. */
export function inspectionOf(manifest: Manifest): Inspection {
  return {
    file: 'dist/guard',
    size: 1,
    sha256,
    executable: {
      format: 'elf',
      os: 'linux',
      arch: 'x64',
      libraries: [],
      wantedVersions: {},
      offeredVersions: [],
    },
    highestVersions: {},
    fuse: 'set',
    manifest,
    remarks: [],
  }
}
