/** What a plugin's test imports: `kong-ts-pdk/testing`. Nothing of it goes inside a binary. */
export type { AdminError } from '../fake-kong/configure.ts'
export { type FailureStatus, UpstreamFailure } from '../fake-kong/flow.ts'
export type {
  Headers as ClientHeaders,
  Measured,
  Node as KongNode,
  Request as ClientRequest,
} from '../fake-kong/world.ts'
export type { KongPdkModule } from '../plugin/kong-pdk-module.ts'
export { ConfigRefused, TestingError } from './errors.ts'
export type {
  Definition,
  Fault,
  OtherPlugin,
  RequestOptions,
  Runnable,
  RunOptions,
  StartOptions,
  UpstreamAnswer,
  UpstreamScript,
} from './options.ts'
export type {
  CallRecord,
  EventRecord,
  LogRecord,
  Outcome,
  OutcomeHeaders,
  UpstreamRequest,
} from './outcome.ts'
export { run, start, type TestServer } from './run.ts'
