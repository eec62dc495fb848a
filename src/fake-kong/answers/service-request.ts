import type { methods } from '../../pdk/methods.ts'
import { type AnswersFor, Raised } from '../answer.ts'
import {
  addHeader,
  bytesOf,
  headerName,
  queryPairs,
  queryText,
  setHeader,
  setHeaders,
  textOf,
} from '../lua.ts'
import type { Request } from '../world.ts'

export const serviceRequest = {
  'kong.service.request.enable_buffering': ({ world }) => {
    world.upstream.settings.buffering = true
  },
  'kong.service.request.set_scheme': ({ world }, [scheme]) => {
    if (scheme !== 'http' && scheme !== 'https') throw new Raised('invalid scheme')
    world.upstream.request.scheme = scheme
  },
  'kong.service.request.set_path': ({ world }, [path]) => {
    world.upstream.request.path = textOf(path)
  },
  'kong.service.request.set_raw_query': ({ world }, [query]) => {
    world.upstream.request.query = textOf(query)
  },
  'kong.service.request.set_method': ({ world }, [method]) => {
    world.upstream.request.method = textOf(method)
  },
  'kong.service.request.set_query': ({ world }, [args]) => {
    world.upstream.request.query = queryText(args)
  },
  'kong.service.request.clear_query_arg': ({ world: { upstream } }, [name]) => {
    const kept = queryPairs(upstream.request.query).filter(([own]) => own !== textOf(name))
    upstream.request.query = kept.map(([own, value]) => queryText({ [own]: value })).join('&')
  },
  'kong.service.request.set_header': ({ world }, [name, value]) =>
    setHeader(world.upstream.request.headers, name, value),
  'kong.service.request.add_header': ({ world }, [name, value]) =>
    addHeader(world.upstream.request.headers, name, value),
  'kong.service.request.clear_header': ({ world }, [name]) => {
    delete world.upstream.request.headers[headerName(name)]
  },
  'kong.service.request.set_headers': ({ world }, [headers]) =>
    setHeaders(world.upstream.request.headers, headers),
  'kong.service.request.set_raw_body': ({ world }, [body]) => {
    setBody(world.upstream.request, bytesOf(body))
  },
  'kong.service.request.set_body': ({ world: { upstream } }, [args, type]) => {
    const media = textOf(type ?? upstream.request.headers['content-type']?.[0] ?? '')
    if (media.startsWith('application/json')) setBody(upstream.request, Buffer.from(JSON.stringify(args)))
    else if (media.startsWith('application/x-www-form-urlencoded'))
      setBody(upstream.request, Buffer.from(queryText(args)))
    else return undefined
    setHeader(upstream.request.headers, 'content-type', media)
    return true
  },
  'kong.service.request.disable_tls': ({ world }) => {
    if (world.subsystem === 'http') return undefined
    world.upstream.settings.tls = false
    return true
  },
} satisfies AnswersFor<typeof methods.service.request>

function setBody(request: Request, body: Buffer): void {
  request.body = body
  setHeader(request.headers, 'content-length', body.length)
}
