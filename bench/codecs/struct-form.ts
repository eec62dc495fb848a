type Wrap = (text: string) => unknown

/** The members of an object of texts, each as a library wants a google.protobuf.Value. */
export function structFields(value: unknown, wrap: Wrap): Record<string, unknown> {
  const members = Object.entries(value as Record<string, string>)
  return Object.fromEntries(members.map(([name, text]) => [name, wrap(text)]))
}

/** A KV whose value is a text. */
export function wrapValue(value: unknown, wrap: Wrap): { k: string; v: unknown } {
  const { k, v } = value as { k: string; v: string }
  return { k, v: wrap(v) }
}
