/** What the headers of an executable, a library or a native addon say, whichever of the three formats it has. */
export interface Executable {
  readonly format: 'elf' | 'mach-o' | 'pe'
  readonly os: 'linux' | 'darwin' | 'win'
  /** `x64`, `arm64`, or what the file's own format calls another one. */
  readonly arch: string
  /** Which C library it was linked against, as its interpreter, needed libraries and symbols show; ELF only. */
  readonly libc?: 'glibc' | 'musl'
  /** ELF only: `/lib64/ld-linux-x86-64.so.2`. */
  readonly interpreter?: string
  /** The libraries that must be there when it starts, in the file's order. */
  readonly libraries: readonly string[]
  /** ELF only: what it wants of each library, as `{ 'libc.so.6': ['GLIBC_2.17', 'GLIBC_2.28'] }`. */
  readonly wantedVersions: Readonly<Record<string, readonly string[]>>
  /** ELF only: what a library offers, as `['GLIBC_2.2.5', …]`. */
  readonly offeredVersions: readonly string[]
  /** Mach-O and PE: the oldest system that takes it, as `13.5` or `10.0`. */
  readonly minimumSystem?: string
  /** Where the SEA blob lies in the file; absent in a plain Node, a library or an addon. */
  readonly blob?: { readonly offset: number; readonly size: number }
  /** Whether it has a section table and symbols; ELF only. */
  readonly stripped?: boolean
}
