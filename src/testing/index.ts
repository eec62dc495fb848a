/** What a plugin's test imports: `kong-ts-pdk/testing`. Nothing of it goes inside a binary. */
export { UpstreamFailure } from '../fake-kong/flow.ts'
export { ConfigRefused, TestingError } from './errors.ts'
export type {
  Fault,
  OtherPlugin,
  RequestOptions,
  Runnable,
  RunOptions,
  StartOptions,
  UpstreamAnswer,
  UpstreamScript,
} from './options.ts'
export type { CallRecord, EventRecord, LogRecord, Outcome, UpstreamRequest } from './outcome.ts'
export { run, start, type TestServer } from './run.ts'
