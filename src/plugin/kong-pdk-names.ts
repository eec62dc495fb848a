/**
 * Kong as a module of kong-pdk asks for it. That kit makes a call of whatever name it is asked for, so
 * `kong.request.get_header` works there, and so does `getTls1_versionStr`, as its typings have it; and
 * `kong.log.serialize` gives the text that Kong sent.
 */
export function withKongPdkNames(kong: object): object {
  return viewOf(kong, 'kong')
}

function viewOf(namespace: object, path: string): object {
  return new Proxy(namespace, {
    get(target, asked) {
      if (typeof asked !== 'string') return Reflect.get(target, asked, target)
      const name = nameOf(target, path, asked)
      const member: unknown = Reflect.get(target, name, target)
      return isNamespace(member) ? viewOf(member, `${path}.${name}`) : member
    },
  })
}

function nameOf(target: object, path: string, asked: string): string {
  if (path === 'kong.log' && asked === 'serialize') return 'serializeText'
  return asked in target ? asked : camelCase(asked)
}

/** Names are those in the code of plugins; one that makes up names is not kept in memory for it. */
const mostNames = 1000
const camelCased = new Map<string, string>()

function camelCase(asked: string): string {
  const known = camelCased.get(asked)
  if (known !== undefined) return known
  const name = asked.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())
  if (camelCased.size < mostNames) camelCased.set(asked, name)
  return name
}

/** An object, or a function that holds others: `kong.log`. */
function isNamespace(member: unknown): member is object {
  if (typeof member === 'function') return Object.getPrototypeOf(member) !== Function.prototype
  return typeof member === 'object' && member !== null
}
