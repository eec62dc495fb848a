/** The processor that an ELF file is for: `x64` and `arm64` as Node calls them, others as Linux does. */
export function archOf(machine: number, wide: boolean, little: boolean): string {
  switch (machine) {
    case 3:
      return 'i386'
    case 8:
      return `mips${wide ? '64' : ''}${little ? 'el' : ''}`
    case 20:
      return 'ppc'
    case 21:
      return little ? 'ppc64le' : 'ppc64'
    case 22:
      return wide ? 's390x' : 's390'
    case 40:
      return little ? 'arm' : 'armeb'
    case 62:
      return wide ? 'x64' : 'x32'
    case 183:
      return wide && little ? 'arm64' : `aarch64${little ? '' : '_be'}${wide ? '' : '_ilp32'}`
    case 243:
      return wide ? 'riscv64' : 'riscv32'
    case 258:
      return wide ? 'loongarch64' : 'loongarch32'
    default:
      return `machine ${machine}`
  }
}

const systems: Readonly<Record<number, string>> = {
  1: 'HP-UX',
  2: 'NetBSD',
  6: 'Solaris',
  7: 'AIX',
  9: 'FreeBSD',
  12: 'OpenBSD',
}

/** The system that an ELF file is for where it is not Linux, whose files have 0 (System V) or 3 (GNU) there. */
export function systemOf(abi: number): string | undefined {
  return abi === 0 || abi === 3 ? undefined : (systems[abi] ?? `another system (ABI ${abi})`)
}

/** Why a file of this type is neither an executable nor a library, as the rest of a sentence. */
export function typeFault(type: number): string | undefined {
  switch (type) {
    case 2:
    case 3:
      return undefined
    case 1:
      return 'it is an object file (.o), which has not been linked: name the executable or library made of it'
    case 4:
      return 'it is a core dump of a process that crashed: name the executable itself'
    default:
      return `it is an ELF file of type ${type}, neither an executable (2) nor a library (3)`
  }
}
