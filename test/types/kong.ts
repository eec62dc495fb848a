// Compiled, never run: what type-checks here, and what must not.
import type { Consumer, Json, LogRecord, MemoryStats, Route } from '../../src/pdk/entities.ts'
import type { Kong } from '../../src/pdk/kong.ts'
import type { Dialect } from '../../src/pdk/phases.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Expect<T extends true> = T
type Result<F extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<F>>
type Has<T, K extends PropertyKey> = K extends keyof T ? true : false

type Log = Kong<'log'>
type Access = Kong<'access'>
type AccessMsgPack = Kong<'access', 'MsgPack:1'>
type Certificate = Kong<'certificate', 'MsgPack:1'>

export type PhaseLimits = [
  Expect<Equal<Has<Log['request'], 'getMethod'>, false>>,
  Expect<Equal<Has<Log['request'], 'getHeader'>, true>>,
  Expect<Equal<Has<Log['log'], 'serialize'>, true>>,
  Expect<Equal<Has<Access['log'], 'serialize'>, false>>,
  Expect<Equal<Has<Access['request'], 'getMethod'>, true>>,
  Expect<Equal<Has<Access['service'], 'setTarget'>, true>>,
  Expect<Equal<Has<Kong<'rewrite'>['service'], 'request'>, true>>,
  Expect<Equal<Has<Kong<'rewrite'>, 'router'>, false>>,
  Expect<Equal<Has<Kong<'response'>['service'], 'response'>, true>>,
  Expect<Equal<Has<Kong<'response'>['service'], 'request'>, false>>,
  Expect<Equal<keyof Kong<'preread'>['request'], 'getPort'>>,
  Expect<Equal<keyof Kong<'preread'>['service'], 'setTarget'>>,
]

export type WholeNamespacesGo = [
  Expect<Equal<keyof Certificate['client'], 'tls'>>,
  Expect<Equal<keyof Certificate['client']['tls'], 'requestClientCertificate' | 'disableSessionReuse'>>,
  Expect<Equal<Has<Certificate, 'response'>, false>>,
  Expect<Equal<Has<Kong<'certificate'>, 'client'>, false>>,
]

export type NoPhase = [
  Expect<Equal<Has<Certificate['vault'], 'initWorker'>, false>>,
  Expect<Equal<Has<AccessMsgPack['vault'], 'initWorker'>, false>>,
  Expect<Equal<Has<AccessMsgPack['vault'], 'warmup'>, true>>,
]

export type DialectLimits = [
  Expect<Equal<Has<Access['response'], 'error'>, false>>,
  Expect<Equal<Has<AccessMsgPack['response'], 'error'>, true>>,
  Expect<Equal<Has<Access, 'vault'>, false>>,
  Expect<Equal<Has<AccessMsgPack, 'vault'>, true>>,
  Expect<Equal<Has<AccessMsgPack, 'enterpriseEdition'>, true>>,
  Expect<Equal<Kong<'access', Dialect>['response'], Access['response']>>,
]

export type UnionsGiveWhatBothOffer = [
  Expect<Equal<Has<Kong<'access' | 'log'>['request'], 'getMethod'>, false>>,
  Expect<Equal<Has<Kong<'access' | 'rewrite'>['request'], 'getMethod'>, true>>,
  Expect<Equal<Has<Kong<'access' | 'rewrite'>['service'], 'setUpstream'>, false>>,
  Expect<Equal<Has<Kong['log'], 'info'>, true>>,
  Expect<Equal<Has<Kong, 'request'>, false>>,
]

export type Results = [
  Expect<Equal<Result<Access['response']['exit']>, never>>,
  Expect<Equal<Result<AccessMsgPack['response']['error']>, never>>,
  Expect<Equal<Result<Access['request']['getHeaders']>, Record<string, string[]>>>,
  Expect<Equal<Result<Access['request']['getQuery']>, Record<string, (string | true)[]>>>,
  Expect<Equal<Result<Access['request']['getQueryArg']>, string | true | undefined>>,
  Expect<Equal<Result<Access['request']['getRawBody']>, Buffer>>,
  Expect<Equal<Result<Access['request']['getRawBodyText']>, string>>,
  Expect<Equal<Result<Access['request']['getRawBodyJson']>, unknown>>,
  Expect<Equal<Result<Kong<'response'>['service']['response']['getRawBody']>, Buffer>>,
  Expect<Equal<Result<Kong<'response'>['service']['response']['getStatus']>, number | undefined>>,
  Expect<Equal<Result<Access['client']['getConsumer']>, Consumer | undefined>>,
  Expect<Equal<Result<Access['router']['getRoute']>, Route | undefined>>,
  Expect<Equal<Result<Access['service']['setUpstream']>, boolean>>,
  Expect<Equal<Result<Access['ctx']['shared']['get']>, Json | undefined>>,
  Expect<Equal<Result<Log['log']['serialize']>, LogRecord>>,
  Expect<Equal<Result<Log['log']['serializeText']>, string>>,
]

export async function logIsCallable(kong: AccessMsgPack): Promise<void> {
  await kong.log('a', 1, { b: true })
  await kong.log.err('c')
  await kong.log.inspect({ d: 1 })
  await kong.log.inspect.on()
  // @ts-expect-error at least one part
  await kong.log()
}

export async function logIsNotCallable(kong: Access): Promise<void> {
  await kong.log.err('c')
  // @ts-expect-error over MsgPack:1 only
  await kong.log('a')
  // @ts-expect-error over MsgPack:1 only
  await kong.log.inspect({ d: 1 })
  // @ts-expect-error how the table says that a namespace is callable
  kong.log.self
}

export async function argumentsAreTyped(kong: AccessMsgPack): Promise<void> {
  kong.service.request.setScheme('https')
  // @ts-expect-error http or https
  kong.service.request.setScheme('ftp')
  // @ts-expect-error a method that nginx knows, in upper case
  kong.service.request.setMethod('get')
  // @ts-expect-error null is no header
  kong.response.setHeader('x', null)
  // @ts-expect-error a bigint is no JSON
  kong.ctx.shared.set('k', 1n)
  // @ts-expect-error SUCCESS, NONE or FAILED:<reason>
  kong.client.tls.setClientVerify('FAILED')
  // @ts-expect-error a typo
  kong.request.getHeadr('x')
  const bytes: MemoryStats = await kong.node.getMemoryStats()
  const text: MemoryStats<number | string> = await kong.node.getMemoryStats('k', 2)
  kong.log(bytes, text)
}

export async function nothingAfterExit(kong: Access): Promise<number> {
  const key = await kong.request.getHeader('x-key')
  if (key === undefined) return kong.response.exit(401, { message: 'No key' }, { 'x-a': ['1', '2'] })
  return key.length
}
