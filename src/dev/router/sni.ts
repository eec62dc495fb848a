/** Whether the server name of a handshake is among a route's: `*` may stand at either end of one of them. */
export function isNamed(names: readonly string[], sni: string | undefined): boolean {
  return sni !== undefined && names.some((name) => fits(name, sni))
}

function fits(name: string, sni: string): boolean {
  if (name.endsWith('*') && !name.startsWith('*')) return sni.startsWith(name.slice(0, -1))
  const whole = name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name
  return whole.startsWith('*') ? sni.endsWith(whole.slice(1)) : sni === whole
}
