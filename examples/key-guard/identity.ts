import type { Kong } from 'kong-ts-pdk'

/** Of a request: names in lower case as they were spelt, each with all its values. */
export type Headers = Readonly<Record<string, readonly string[]>>

/** What a service is told, by names in lower case; `undefined` for what it must not take from the client either. */
export type Told = Readonly<Record<string, string | undefined>>

/** Kong gives no more of them, and leaves out the rest without a word. */
export const mostHeaders = 1000

/** Why nobody could say for sure what the service would be told of this request; `undefined` for most of them. */
export function doubtAbout(headers: Headers, told: readonly string[]): string | undefined {
  const count = Object.values(headers).reduce((sum, values) => sum + values.length, 0)
  if (count >= mostHeaders) return 'The request has too many headers'
  // What a client names there Kong takes away behind all plugins: the service would see a request of nobody.
  const listed = (headers.connection ?? []).flatMap((value) => value.split(','))
  const taken = listed.map((name) => name.trim().toLowerCase()).find((name) => isAbout(name, told))
  return taken === undefined ? undefined : `The header Connection must not name ${taken}`
}

/** Tells the service who asks, and takes away whatever the client says of that itself. */
export function tellService(kong: Kong<'access'>, headers: Headers, told: Told): void {
  const names = Object.keys(told)
  // Kong passes x_consumer_id on, and many a service takes it for x-consumer-id.
  for (const name of Object.keys(headers))
    if (isAbout(name.replaceAll('_', '-'), names)) kong.service.request.clearHeader(name)
  for (const [name, value] of Object.entries(told))
    if (value !== undefined) kong.service.request.setHeader(name, value)
}

/** Those of Kong's own plugins, and those of this one. */
function isAbout(name: string, told: readonly string[]): boolean {
  return /^x-(consumer|credential|authenticated)-|^x-anonymous-consumer$/.test(name) || told.includes(name)
}
