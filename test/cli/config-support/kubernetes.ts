/** A class of kubernetes-models: what became of the schema that Kubernetes publishes of one kind. */
type Kind = new (document: never) => { validate(): void }

/**
 * What Kubernetes' own schema has against a document, as sentences. The schema lets members pass that it does not know;
 * the API server does not. It looks at every member that it does know, so those that it never looked at are unknown.
 */
export function complaintsOf(kind: Kind, document: unknown): string[] {
  const model = new kind(document as never)
  const seen = new Set<string>()
  try {
    model.validate.call(watch(model, '', seen))
  } catch (error) {
    return [(error as Error).message]
  }
  return unseen(model, '', seen).map((path) => `${path} is unknown`)
}

/** The same value, which notes the path of each member that is looked at. */
function watch<T extends object>(value: T, path: string, seen: Set<string>): T {
  return new Proxy(value, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      const inner = `${path}/${String(name)}`
      seen.add(inner)
      return isObject(member) ? watch(member, inner, seen) : member
    },
  })
}

function unseen(value: object, path: string, seen: ReadonlySet<string>): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const inner = `${path}/${name}`
    if (!seen.has(inner)) return [inner]
    return isObject(member) ? unseen(member, inner, seen) : []
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
