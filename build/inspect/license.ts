/** A licence as CycloneDX writes it: the id of a known one, an expression of several, or a name that is neither. */
export type LicenseChoice =
  | { readonly license: { readonly id: string } }
  | { readonly license: { readonly name: string } }
  | { readonly expression: string }

/** Those that npm packages name, of the SPDX list. Another one is written by its name, which is right, if less exact. */
const ids = new Set(
  `0BSD AAL AFL-2.0 AFL-2.1 AFL-3.0 AGPL-1.0 AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later APSL-2.0 Apache-1.1 Apache-2.0
  Artistic-1.0 Artistic-2.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-Clear
  BSD-3-Clause-LBNL BSD-4-Clause BSD-Source-Code BSL-1.0 BUSL-1.1 Beerware BlueOak-1.0.0 CAL-1.0 CC-BY-2.0 CC-BY-2.5
  CC-BY-3.0 CC-BY-4.0 CC-BY-NC-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDDL-1.0 CDDL-1.1
  CECILL-2.1 CPAL-1.0 CPL-1.0 ECL-2.0 EFL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 Elastic-2.0 FSFAP FTL GFDL-1.3-only
  GPL-1.0-or-later GPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0 GPL-3.0-only GPL-3.0-or-later HPND Hippocratic-2.1 ICU
  IJG IPL-1.0 ISC JSON LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1 LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0-only
  LGPL-3.0-or-later LPPL-1.3c Libpng MIT MIT-0 MIT-CMU MPL-1.0 MPL-1.1 MPL-2.0 MS-PL MS-RL MulanPSL-2.0 NAIST-2003 NCSA
  NTP ODC-By-1.0 ODbL-1.0 OFL-1.0 OFL-1.1 OLDAP-2.8 OSL-2.1 OSL-3.0 OpenSSL PDDL-1.0 PHP-3.01 PSF-2.0 Parity-7.0.0
  PolyForm-Noncommercial-1.0.0 PostgreSQL Python-2.0 QPL-1.0 RPL-1.5 Ruby SISSL SSPL-1.0 Sleepycat TCL UPL-1.0
  Unicode-3.0 Unicode-DFS-2015 Unicode-DFS-2016 Unlicense Vim W3C WTFPL X11 ZPL-2.1 Zend-2.0 Zlib bzip2-1.0.6
  libpng-2.0 libtiff curl`.split(/\s+/),
)
const exceptions = new Set(
  'Autoconf-exception-3.0 Bison-exception-2.2 Classpath-exception-2.0 GCC-exception-3.1 LLVM-exception OCaml-LGPL-linking-exception'.split(
    ' ',
  ),
)

/** Longer ones are no licence but an attempt. */
const mostWords = 200

/** What the `license` of a package.json becomes; a package that names none has none here either. */
export function licensesOf(license: string | undefined): LicenseChoice[] {
  const text = license?.trim() ?? ''
  if (text === '') return []
  if (ids.has(text)) return [{ license: { id: text } }]
  return isExpression(text) ? [{ expression: text }] : [{ license: { name: text } }]
}

/** Known licences with AND, OR, WITH, `+` and brackets, as `(MIT OR GPL-2.0+) AND Apache-2.0 WITH LLVM-exception`. */
function isExpression(text: string): boolean {
  const words = text.match(/[()]|[^()\s]+/g) ?? []
  if (words.length > mostWords) return false
  let at = 0
  const take = (word: string) => words[at] === word && ++at > 0
  const single = (): boolean => {
    if (take('(')) return joined() && take(')')
    if (!ids.has(words[at++]?.replace(/\+$/, '') ?? '')) return false
    return !take('WITH') || exceptions.has(words[at++] ?? '')
  }
  const joined = (): boolean => single() && (take('AND') || take('OR') ? joined() : true)
  return joined() && at === words.length
}
