import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace'

export interface DeliveryOptions {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Spans that wait, those on their way included. */
  readonly max_waiting: number
  /** Milliseconds. */
  readonly batch_age: number
  readonly timeout: number
  readonly close_wait: number
}

const batchSize = 512
/** Milliseconds between two lines about spans that are lost: what loses some may come and go at each batch. */
const quiet = 10_000

/** Sends spans in batches through the SDK, never more at a time than it may keep, and says what goes wrong, once. */
export class Delivery implements SpanProcessor {
  readonly #options: DeliveryOptions
  readonly #exporter: OTLPTraceExporter
  readonly #batches: BatchSpanProcessor
  #waiting = 0
  #lost = 0
  #full = false
  #failing = false
  /** Whether the log says that spans are lost, and when it said so last. */
  #told = false
  #lastTold = Number.NEGATIVE_INFINITY

  constructor(options: DeliveryOptions) {
    const { endpoint, headers, max_waiting, batch_age, timeout } = options
    const maxExportBatchSize = Math.min(batchSize, max_waiting)
    this.#options = options
    this.#exporter = new OTLPTraceExporter({
      url: endpoint,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? ''])),
      timeoutMillis: timeout,
      // A stop sends all batches at once, behind the one that is on its way.
      concurrencyLimit: Math.ceil(max_waiting / maxExportBatchSize) + 1,
    })
    this.#batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => this.#export(spans, done),
        shutdown: () => this.#exporter.shutdown(),
      },
      maxQueueSize: max_waiting,
      maxExportBatchSize,
      scheduledDelayMillis: batch_age,
      // The exporter gives up by itself: this is for one that does not.
      exportTimeoutMillis: timeout * 3,
    })
  }

  onStart(): void {}

  /** Never waits: a span for which there is no room is lost. */
  onEnd(span: ReadableSpan): void {
    const { max_waiting, endpoint } = this.#options
    if (this.#waiting < max_waiting) {
      this.#waiting++
      this.#batches.onEnd(span)
      return
    }
    this.#lost++
    if (!this.#full) this.#tell(`${max_waiting} spans wait for ${endpoint}: new ones are lost`)
    this.#full = true
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush()
  }

  /** Resolves when all is sent, or the time for it over. */
  async shutdown(): Promise<void> {
    const { close_wait, endpoint } = this.#options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, close_wait)
    })
    await Promise.race([this.#sendAll(), late])
    clearTimeout(timer)
    const lost = this.#lost + this.#waiting
    if (lost > 0) console.error(`Spans for ${endpoint} that were lost: ${lost}`)
  }

  /** A batch that fails rejects the SDK's shutdown, which then waits for no other one. */
  async #sendAll(): Promise<void> {
    await this.#batches.shutdown().catch(() => undefined)
    await this.#exporter.forceFlush()
  }

  #export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#waiting -= spans.length
      if (result.code === ExportResultCode.SUCCESS) this.#taken()
      else this.#refused(spans.length, result.error)
      done(result)
    })
  }

  #taken(): void {
    const { endpoint, max_waiting } = this.#options
    this.#failing = false
    if (this.#waiting <= max_waiting / 2) this.#full = false
    if (this.#full || !this.#told) return
    console.error(`${endpoint} takes spans again: ${this.#lost} were lost`)
    this.#told = false
    this.#lost = 0
  }

  #refused(count: number, error: Error | undefined): void {
    this.#lost += count
    if (!this.#failing) this.#tell(`Cannot send spans to ${this.#options.endpoint}: ${reason(error)}`)
    this.#failing = true
  }

  #tell(line: string): void {
    if (this.#told || performance.now() - this.#lastTold < quiet) return
    console.error(line)
    this.#told = true
    this.#lastTold = performance.now()
  }
}

function reason(error: (Error & { readonly code?: unknown }) | undefined): string {
  const words = [error?.code, error?.message].filter(Boolean)
  return words.length > 0 ? words.join(' ') : 'there was no answer in time'
}
