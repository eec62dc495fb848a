/**
 * Whether each `require` of a module in a text stands in a `try`, as far as braces show. A module with a `*` is what
 * esbuild makes of a name that is put together; the text has it as far as the `*`.
 */
export function isGuarded(text: string, module: string): boolean {
  const [start = '', ...rest] = module.split('*')
  const asks = (name: string) => (rest.length === 0 ? name === module : name.startsWith(start))
  const calls = [...text.matchAll(/\brequire\(\s*(['"`])(.*?)\1/g)].filter(([, , name = '']) => asks(name))
  return calls.length > 0 && calls.every(({ index }) => standsInTry(text.slice(0, index)))
}

function standsInTry(before: string): boolean {
  let closed = 0
  for (let at = before.length - 1; at >= 0; at--) {
    if (before[at] === '}') closed++
    else if (before[at] === '{' && closed > 0) closed--
    else if (before[at] === '{' && /\btry\s*$/.test(before.slice(0, at))) return true
  }
  return false
}
