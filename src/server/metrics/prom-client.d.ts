/** What of prom-client is used here: its text, and its way to make one of the metrics of several processes. */
declare module 'prom-client/lib/cluster.js' {
  interface Registry<M> {
    readonly contentType: string
    metrics(): Promise<string>
    getMetricsAsArray(): M[]
  }
  const AggregatorRegistry: { aggregate<M extends object>(metrics: readonly (readonly M[])[]): Registry<M> }
  export default AggregatorRegistry
}
