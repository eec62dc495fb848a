// What `make demo` shows: the built hello plugin over its real socket, with this program in Kong's place.
import { existsSync } from 'node:fs'
import { binaryOf, startPlugin } from './support/binary.ts'
import { named } from './support/peer.ts'

const request = { method: 'GET', path: '/orders?page=2', headers: { host: 'shop.example', accept: '*/*' } }

try {
  await demo(binaryOf('hello'))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function demo(binary: string): Promise<void> {
  if (!existsSync(binary))
    throw new Error(`Cannot show ${binary}: it is not built; run make demo, which builds it`)
  const starting = clock()
  const hello = await startPlugin(binary)
  const [description] = hello.dump.Plugins
  if (description === undefined) throw new Error(`${binary} -dump names no plugin`)
  try {
    const { Name, Version, Priority, Phases } = description
    print(`Plugin   ${Name} ${Version}, priority ${Priority}, phases ${Phases.join(', ')}: ${binary}`)
    print(`Socket   ${hello.dump.SocketPath}, ${hello.dump.Protocol}, ready after ${starting()}`)
    const instance = await hello.configure({ message: 'hello' })
    print(`Config   {"message":"hello"} is instance ${instance.id}`)
    print()
    print(`Request  ${request.method} ${request.path}`)
    for (const [name, value] of Object.entries(request.headers)) print(`         ${name}: ${value}`)
    print()
    const headers = new Map<unknown, unknown>()
    const running = clock()
    print('Phase    access')
    const { calls, exit } = await instance.run(
      'access',
      {
        'kong.request.get_header': named(request.headers),
        'kong.response.set_header': (name, value) => void headers.set(name, value),
      },
      ({ method, args, result }) => {
        print(`    ->   ${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
        print(`    <-   ${result === undefined ? 'done' : JSON.stringify(result)}`)
      },
    )
    print(`         ${calls.length} calls in ${running()}`)
    print()
    print(`Response ${exit === undefined ? 'as the service gives it, and' : exit.status}`)
    for (const [name, value] of headers) print(`         ${name}: ${value}`)
    print()
    if (headers.size === 0) throw new Error(`${binary} set no response header: ${hello.log()}`)
  } finally {
    const stopping = clock()
    const code = await hello.stop()
    print(`Stopped  with SIGTERM, exit code ${code}, in ${stopping()}`)
  }
}

function clock(): () => string {
  const started = performance.now()
  return () => `${(performance.now() - started).toFixed(1)} ms`
}

function print(line = ''): void {
  console.log(line)
}
