/** The package URL of an npm package: `pkg:npm/%40scope/name@1.0.0`. */
export function npmPurl(name: string, version: string): string {
  return `pkg:npm/${name.split('/').map(encode).join('/')}@${encode(version)}`
}

export function nodePurl(version: string): string {
  return `pkg:generic/node@${encode(version)}`
}

/** As the specification of package URLs asks: all but letters, digits and `.-_~` by their bytes; a colon stays. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':')
}
