/** The steps that Kong names by the kind of the result; all else is `plugin.Step`. */
const steps: Readonly<Record<string, string>> = {
  'kong.client.get_credential': 'plugin.StepCredential',
  'kong.client.authenticate': 'plugin.StepCredential',
  'kong.client.get_consumer': 'plugin.StepConsumer',
  'kong.client.load_consumer': 'plugin.StepConsumer',
  'kong.node.get_memory_stats': 'plugin.StepMemoryStats',
  'kong.router.get_route': 'plugin.StepRoute',
  'kong.router.get_service': 'plugin.StepService',
  'kong.request.get_headers': 'plugin.StepMultiMap',
  'kong.request.get_query': 'plugin.StepMultiMap',
  'kong.response.get_headers': 'plugin.StepMultiMap',
  'kong.service.response.get_headers': 'plugin.StepMultiMap',
}

/** The step that carries a result. In headers and arguments each value is a list, and [] stands for a bare `?flag`. */
export function stepOf(method: string, value: unknown): { readonly step: string; readonly data: unknown } {
  const step = steps[method] ?? 'plugin.Step'
  if (step !== 'plugin.StepMultiMap') return { step, data: value }
  const lists = Object.entries(value as object).map(([name, item]) => [
    name,
    [item].flat().filter((one) => one !== true),
  ])
  return { step, data: Object.fromEntries(lists) }
}
