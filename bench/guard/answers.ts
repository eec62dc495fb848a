/** Header values as MsgPack:1 carries them; over ProtoBuf:1 a value that came once is a text. */
export const headers = {
  host: ['bench.example'],
  'user-agent': ['bench/1.0 (load client)'],
  accept: ['application/json, text/plain;q=0.9, */*;q=0.1'],
  'accept-encoding': ['gzip, deflate, br'],
  'accept-language': ['en-GB,en;q=0.8'],
  'content-type': ['application/octet-stream'],
  'content-length': ['1024'],
  'x-forwarded-for': ['192.0.2.17'],
  'x-request-id': ['1f0c7a52-6c3e-4ab7-9d5e-0c6b1d2e3f40'],
  cookie: ['session=0123456789abcdef0123456789abcdef; theme=dark'],
}

export const route = {
  id: 'd1b5cd4c-3c9f-4f0c-9df4-0d1d4c5d3f3a',
  created_at: 1_700_000_000,
  name: 'orders',
  protocols: ['http', 'https'],
  methods: ['GET', 'POST'],
  paths: ['/orders', '/basket'],
  https_redirect_status_code: 426,
  strip_path: true,
  tags: ['shop'],
  service: { id: '2f8c6e0b-8f3b-4a55-a2ab-5b3f0d8a1c11' },
}

export type Answer = string | Buffer | Readonly<Record<string, readonly string[]>>

/** What Kong answers to the calls that give something; all others give nothing. */
export const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['kong.request.get_header', 'bench.example'],
  ['kong.request.get_headers', headers],
  ['kong.request.get_query', { id: ['4711'], page: ['2'], sort: ['name'] }],
  ['kong.request.get_raw_body', Buffer.alloc(1024, 'bench body, ')],
  ['kong.log.serialize', `{"record":"${'r'.repeat(4083)}"}`],
])
