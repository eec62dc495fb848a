/** The bytes of a WebAssembly file, which the build puts into the binary. */
declare module '*.wasm' {
  const bytes: Uint8Array<ArrayBuffer>
  export default bytes
}

/** A native addon, which the build puts into the binary: say what it exports with `as`. */
declare module '*.node' {
  const addon: unknown
  export default addon
}

/** A text, which the build puts into the code. */
declare module '*.txt' {
  const text: string
  export default text
}
