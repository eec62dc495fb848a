import { ip } from './methods/ip.ts'

/** The whole PDK, as an author sees it: `methods.request.getHeader` is `kong.request.getHeader`. */
export const methods = { ip } as const
