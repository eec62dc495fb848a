import type { RecordedCall, RecordedHandler, RecordedRequest, RecordedSent } from '../inspector/record.ts'
import { Unseen, Value } from './parts.tsx'
import { formatDuration, plural, visible } from './text.ts'
import { barOf, endOf, listRows, listTicks, listTrips, spanOf, type Trip } from './timeline.ts'

/** Handlers and their calls, each with a bar on one scale of time. */
export function Timeline({ request }: { request: RecordedRequest }) {
  const span = spanOf(request)
  return (
    <div class="timeline">
      <Scale span={span} />
      {request.handlers.length === 0 && <p class="hint">No plugin's handler ran.</p>}
      <ol class="handlers">
        {listRows(request).map((row) =>
          row.kind === 'service' ? (
            <Service key="service" request={request} sent={row.sent} span={span} />
          ) : (
            <Handler key={keyOf(row.handler)} handler={row.handler} failures={request.failures} span={span} />
          ),
        )}
      </ol>
    </div>
  )
}

function Scale({ span }: { span: number }) {
  return (
    <div class="scale" aria-hidden="true">
      <div class="ticks">
        {listTicks(span).map((tick) => (
          <span class="tick" key={tick} style={{ '--from': tick / span }}>
            {tick / span < 0.88 && shortDuration(tick)}
          </span>
        ))}
      </div>
      <span class="times">
        <span>at</span>
        <span>took</span>
      </span>
    </div>
  )
}

function shortDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0'
  return milliseconds < 1000 ? `${Number(milliseconds.toPrecision(2))} ms` : `${milliseconds / 1000} s`
}

function keyOf({ at, phase, plugin }: RecordedHandler): string {
  return `${at} ${phase} ${plugin}`
}

function Service({ request, sent, span }: { request: RecordedRequest; sent: RecordedSent; span: number }) {
  const { answered, duration, service } = request
  const { at, took = duration && Math.max(duration - at, 0) } = sent
  return (
    <li class="handler">
      <div class="line">
        <div class="what">
          <h3>
            service <span class="plugin-name">{service}</span>
          </h3>
          <p class="quiet">
            {visible(sent.target)},{' '}
            {answered === undefined ? 'no answer' : `began to answer with ${answered.status}`}
          </p>
        </div>
        <Bar at={at} took={took} span={span} look="of-service" />
        <Times at={at} took={took} />
      </div>
    </li>
  )
}

interface HandlerOptions {
  readonly handler: RecordedHandler
  readonly failures: RecordedRequest['failures']
  readonly span: number
}

function Handler({ handler, failures, span }: HandlerOptions) {
  const { plugin, phase, release, at, took, why, calls, moreCalls = 0 } = handler
  const { words, isBad } = endOf(handler, failures)
  const trips = listTrips(calls)
  return (
    <li class="handler">
      <div class="line">
        <div class="what">
          <h3>
            {phase} <span class="plugin-name">{plugin}</span>
          </h3>
          <p class="quiet">
            release {release}, {calls.length === 0 ? 'no calls' : plural(calls.length, 'call')}
            {calls.length > 0 && ` in ${plural(trips.length, 'round trip')}`},{' '}
            <span class={isBad ? 'bad' : undefined}>{words}</span>
          </p>
        </div>
        <Bar at={at} took={took} span={span} look={isBad ? 'of-handler is-bad' : 'of-handler'} />
        <Times at={at} took={took} />
      </div>
      {calls.length > 0 && (
        <ol class="trips">
          {trips.map((trip, index) => (
            <TripView key={trip.number} trip={trip} number={index + 1} span={span} />
          ))}
        </ol>
      )}
      {moreCalls > 0 && <p class="hint">{plural(moreCalls, 'more call')} came, and were not kept.</p>}
      {why && (
        <p class="why">
          <strong>Kong raised:</strong> {visible(why)}
        </p>
      )}
    </li>
  )
}

function TripView({ trip, number, span }: { trip: Trip; number: number; span: number }) {
  const isShared = trip.calls.length > 1
  return (
    <li class={isShared ? 'trip shared' : 'trip'}>
      {isShared && (
        <p class="trip-name">
          Round trip {number}: {plural(trip.calls.length, 'call')}
        </p>
      )}
      <ol class="calls">
        {trip.calls.map((call, index) => (
          <Call key={index} call={call} span={span} />
        ))}
      </ol>
    </li>
  )
}

function Call({ call, span }: { call: RecordedCall; span: number }) {
  const { method, args, result, at, took } = call
  return (
    <li class="call line">
      <code class="what">
        <span class="call-name">{visible(method)}</span>(
        {args.map((value, index) => (
          <span key={index}>
            {index > 0 && ', '}
            <Value value={value} name={`argument ${index + 1}`} />
          </span>
        ))}
        )
        <span class="result">
          <span class="arrow" aria-hidden="true">
            {' →\u00a0'}
          </span>
          <Unseen>gave </Unseen>
          <Value value={result} name="the result" />
        </span>
      </code>
      <Bar at={at} took={took} span={span} look="of-call" />
      <Times at={at} took={took} />
    </li>
  )
}

interface BarOptions {
  readonly at: number
  readonly took: number | undefined
  readonly span: number
  readonly look: string
}

function Bar({ at, took, span, look }: BarOptions) {
  const { from, width } = barOf(at, took, span)
  return (
    <span class="track" aria-hidden="true">
      <span class={`stretch ${look}`} style={{ '--from': from, '--width': width }} />
    </span>
  )
}

function Times({ at, took }: Pick<BarOptions, 'at' | 'took'>) {
  return (
    <span class="times">
      <span class="quiet">
        <Unseen>at </Unseen>
        {formatDuration(at)}
      </span>
      <span>
        <Unseen>took </Unseen>
        {took === undefined ? 'running' : formatDuration(took)}
      </span>
    </span>
  )
}
