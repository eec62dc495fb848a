import { httpMethods } from '../../pdk/entities.ts'
import type { methods } from '../../pdk/methods.ts'
import { type AnswersFor, Raised } from '../answer.ts'
import { encodedBody } from '../encode-body.ts'
import { addHeader, checkHeader, checkHeaders, clearHeader, headerLines, setHeader } from '../headers.ts'
import { bytesOf, checkString, isTable, textOf } from '../lua.ts'
import { accepted, during } from '../phase-check.ts'
import { queryText } from '../query.ts'
import { escapedPath } from '../uri.ts'
import type { World } from '../world.ts'

export const serviceRequest = {
  'kong.service.request.enable_buffering': during(accepted.setRequestOrTarget, ({ world }) => {
    world.upstream.buffered = true
  }),
  'kong.service.request.set_scheme': during(accepted.setRequestOrTarget, ({ world }, [scheme]) => {
    const name = checkString(scheme, 'scheme must be a string')
    if (name !== 'http' && name !== 'https') throw new Raised(`invalid scheme: ${name}`)
    world.upstream.request.scheme = name
  }),
  'kong.service.request.set_path': during(accepted.setRequestOrTarget, ({ world }, [path]) => {
    const text = checkString(path, 'path must be a string')
    if (!text.startsWith('/')) throw new Raised('path must start with /')
    world.upstream.request.path = escapedPath(text)
  }),
  'kong.service.request.set_raw_query': during(accepted.setRequest, ({ world }, [query]) => {
    world.upstream.request.query = checkString(query, 'query must be a string')
  }),
  'kong.service.request.set_method': during(accepted.setRequest, ({ world }, [method]) => {
    const name = checkString(method, 'method must be a string')
    if (!(httpMethods as readonly string[]).includes(name)) throw new Raised(`invalid method: ${name}`)
    world.upstream.request.method = name
  }),
  'kong.service.request.set_query': during(accepted.setRequest, ({ world }, [args]) => {
    if (!isTable(args)) throw new Raised('args must be a table')
    world.upstream.request.query = queryText(args)
  }),
  'kong.service.request.clear_query_arg': during(accepted.setRequest, ({ world: { upstream } }, [name]) => {
    const wanted = checkString(name, 'query argument name must be a string')
    if (upstream.request.query === '') return
    // Kong writes the others anew, as a browser would.
    const args = new URLSearchParams(upstream.request.query)
    args.delete(wanted)
    upstream.request.query = args.toString()
  }),
  'kong.service.request.set_header': during(accepted.setRequestOrTarget, ({ world }, [name, value]) =>
    write(world, checkHeader(name, value), value),
  ),
  'kong.service.request.add_header': during(accepted.setRequest, ({ world }, [header, value]) => {
    const name = checkHeader(header, value)
    if (name.toLowerCase() === 'host') world.upstream.host = textOf(value)
    // Kong puts a list into the list of lines, where nginx can only print its address.
    addHeader(world.upstream.request.headers, name, isTable(value) ? [textOf(value)] : headerLines(value))
  }),
  'kong.service.request.clear_header': during(accepted.setRequest, ({ world }, [name]) => {
    clearHeader(world.upstream.request.headers, checkString(name, 'header must be a string'))
  }),
  'kong.service.request.set_headers': during(accepted.setRequest, ({ world }, [headers]) => {
    for (const [name, value] of checkHeaders(headers)) write(world, name, value)
  }),
  'kong.service.request.set_raw_body': during(accepted.setRequestOrTarget, ({ world }, [body]) => {
    checkString(body, 'body must be a string')
    setBody(world, bytesOf(body))
  }),
  'kong.service.request.set_body': during(accepted.setRequest, ({ world }, [args, type]) => {
    const encoded = encodedBody(world.upstream.request.headers, args, type)
    if (encoded === undefined) return undefined
    setBody(world, encoded.body)
    setHeader(world.upstream.request.headers, 'content-type', [encoded.type])
    return true
  }),
  'kong.service.request.disable_tls': during(accepted.streamConnect, ({ world }) => {
    world.upstream.settings.tls = false
    return true
  }),
} satisfies AnswersFor<typeof methods.service.request>

function write({ upstream }: World, name: string, value: unknown): void {
  const key = name.toLowerCase()
  if (key === ':authority') return
  if (key === 'host') upstream.host = textOf(value)
  setHeader(upstream.request.headers, name, headerLines(value))
}

function setBody({ upstream }: World, body: Buffer): void {
  upstream.request.body = body
  upstream.request.bodyFile = undefined
  upstream.isStreamed = false
  setHeader(upstream.request.headers, 'content-length', [String(body.length)])
}
