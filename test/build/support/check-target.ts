import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { encodeManifest, type Manifest, type ManifestPlugin } from '../../../build/manifest.ts'
import { elfOf, type SmallElf } from './small-elf.ts'

const plugin: ManifestPlugin = {
  name: 'guard',
  version: '1.2.3',
  priority: 1,
  phases: ['access'],
  protocol: 'ProtoBuf:1',
  schema: { name: 'guard', fields: [{ config: { type: 'record', fields: [{ a: { type: 'string' } }] } }] },
  schemaHash: '00'.repeat(32),
  pdk: ['kong.request.get_header', 'kong.response.exit'],
}

/** A plugin that every Kong since 2.4 takes, but for what is given. */
export function pluginWith(changes: Partial<ManifestPlugin>): ManifestPlugin {
  return { ...plugin, ...changes }
}

export function manifestWith(changes: Partial<Manifest>): Manifest {
  return {
    kit: '0.2.0',
    node: '24.21.0',
    platform: 'linux-x64',
    name: 'guard',
    plugins: [plugin],
    packages: [],
    addons: [],
    flags: { execArgv: [], codeCache: false, stripped: true },
    ...changes,
  }
}

const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1'

/** A binary as the build makes it, without the code: what Node 24 wants, a fuse, and a blob with a manifest. */
export function binaryWith(manifest: Manifest, changes: Partial<SmallElf> = {}): Buffer {
  return elfOf({
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    needed: ['libstdc++.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libc.so.6'],
    wanted: {
      'libstdc++.so.6': ['GLIBCXX_3.4.9', 'GLIBCXX_3.4.21', 'CXXABI_1.3.11'],
      'libm.so.6': ['GLIBC_2.27'],
      'libgcc_s.so.1': ['GCC_3.4'],
      'libc.so.6': ['GLIBC_2.9', 'GLIBC_2.28'],
    },
    notes: { NODE_SEA_BLOB: encodeManifest(manifest) },
    data: Buffer.from(`node.js/v${manifest.node}\0${fuse}`),
    ...changes,
  })
}

/** Libraries as a system of 2018 has them; what a test does not need of them is not there. */
export const oldLibraries = {
  'libc.so.6': elfOf({ soname: 'libc.so.6', offered: ['libc.so.6', 'GLIBC_2.9', 'GLIBC_2.28'] }),
  'libm.so.6': elfOf({ soname: 'libm.so.6', offered: ['libm.so.6', 'GLIBC_2.27'] }),
  'libgcc_s.so.1': elfOf({ soname: 'libgcc_s.so.1', offered: ['libgcc_s.so.1', 'GCC_3.4'] }),
  'libstdc++.so.6': elfOf({
    soname: 'libstdc++.so.6',
    offered: ['libstdc++.so.6', 'GLIBCXX_3.4.9', 'GLIBCXX_3.4.21', 'CXXABI_1.3.11'],
  }),
}

export const loader = elfOf({
  soname: 'ld-linux-x86-64.so.2',
  offered: ['ld-linux-x86-64.so.2', 'GLIBC_2.3'],
})

export type RootFile = Buffer | string | { readonly link: string }

/** A root file system of Debian's kind, in paths of its own: `lib` leads to `usr/lib`, as it does today. */
export function debianFiles(changes: Readonly<Record<string, RootFile>> = {}): Record<string, RootFile> {
  const folder = 'usr/lib/x86_64-linux-gnu'
  const libraries = Object.entries(oldLibraries).map(([name, bytes]) => [`${folder}/${name}`, bytes] as const)
  return {
    lib: { link: 'usr/lib' },
    lib64: { link: '/usr/lib64' },
    'usr/lib64/ld-linux-x86-64.so.2': loader,
    'etc/os-release': 'NAME=Debian\nPRETTY_NAME="Debian GNU/Linux 10 (buster)"\n',
    'usr/local/share/lua/5.1/kong/meta.lua': metaLua(3, 9, 1),
    ...Object.fromEntries(libraries),
    ...changes,
  }
}

export function metaLua(major: number, minor: number, patch: number): string {
  return `local version = setmetatable({\n  major = ${major},\n  minor = ${minor},\n  patch = ${patch},\n}, {})\n`
}

export function writeRoot(root: string, files: Readonly<Record<string, RootFile>>): string {
  for (const [path, file] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    if (typeof file === 'object' && 'link' in file) symlinkSync(file.link, join(root, path))
    else writeFileSync(join(root, path), file)
  }
  return root
}
