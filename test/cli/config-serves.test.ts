import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { hello, test64 } from '../server/support/hello-binary.ts'
import { newFolder, type Program, run, until } from '../server/support/program.ts'
import { print } from './config-support/print.ts'

interface Probe {
  readonly exec: { readonly command: string[] }
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly failureThreshold: number
}
interface Sidecar {
  readonly command: string[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe?: Probe
}

/** What starts the server and what asks it, as the format of the place has them. */
interface Commands {
  readonly start: string[]
  readonly asks: string[][]
}

const places: Readonly<Record<string, (text: string) => Commands>> = {
  kic: (text) => ofSidecar(parseAllDocuments(text)[0]?.toJS().spec.template.spec.initContainers[0]),
  helm: (text) => ofSidecar(parse(text).deployment.initContainers[0]),
  compose(text) {
    const { entrypoint, healthcheck } = parse(text).services.hello
    const [kind, ...ask] = healthcheck.test
    assert.equal([kind, healthcheck.timeout], ['CMD', '6s'])
    return { start: entrypoint, asks: [ask] }
  },
  dockerfile(text) {
    const [start, ask] = text.replaceAll('\n# ', ' ').match(/\["\/opt\/[^\]]*\]/g) ?? []
    return { start: JSON.parse(start ?? ''), asks: [JSON.parse(ask ?? '')] }
  },
}

const choices = [[], ['-protocol', 'MsgPack:1', '-log-format', 'json', '-socket-mode=0660']]

for (const [format, read] of Object.entries(places))
  for (const flags of choices)
    test64(
      `config --format ${format} ${flags.join(' ')}: its server is asked, and well while it serves`,
      async () => {
        const text = await print(hello, '--format', format, '--unmanaged', '--', ...flags)
        const folder = newFolder()
        const { start, asks } = read(text.replaceAll('/run/kong-plugins', folder))
        const exitCodes = () => asks.map(([, ...args]) => spawnSync(hello, args).status)
        const server = run(hello, start.slice(1))
        await server.said(/listening|serves/i)
        await until('all say that it is well', () => exitCodes().every((code) => code === 0))
        await killAll(server)
        // A socket that nobody listens on is what "test -S" takes for a server.
        assert.ok(existsSync(join(folder, 'hello.socket')))
        assert.equal(
          exitCodes(),
          asks.map(() => 1),
        )
      },
    )

test64('config --format kic: the probes leave time for the answer, and one asks seldom', async () => {
  const [deployment] = parseAllDocuments(await print(hello, '--format', 'kic')).map((one) => one.toJS())
  const { startupProbe, livenessProbe, readinessProbe }: Sidecar =
    deployment.spec.template.spec.initContainers[0]
  for (const probe of [startupProbe, livenessProbe]) assert.ok(probe.timeoutSeconds > 5)
  assert.ok(livenessProbe.periodSeconds >= 10)
  assert.ok(livenessProbe.periodSeconds * livenessProbe.failureThreshold >= 30)
  assert.is(readinessProbe, undefined)
})

test64(
  'config --format systemd: the unit has started when its server answers, and fails with it',
  async () => {
    const folder = newFolder()
    const unit = (await print(hello, '--format', 'systemd', '--', '-protocol', 'MsgPack:1'))
      .replaceAll('/run/kong-plugins', folder)
      .replaceAll('/opt/kong-plugins/hello', hello)
    const [, start = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? []
    const [, wait = ''] = /^ExecStartPost=\/bin\/sh -c "(.*)"$/m.exec(unit) ?? []
    const waitFor = (pid: number) =>
      run('/bin/sh', ['-c', wait.replaceAll('$$', '$')], {
        env: { MAINPID: String(pid), PATH: '/usr/bin:/bin' },
      })
    const later = run('sleep', ['60'])
    const early = waitFor(later.child.pid as number)
    await early.said(/there is no socket/)
    const [file = '', ...args] = start.split(' ')
    const server = run(file, args)
    assert.is(await early.ended, 0)
    await killAll(server)
    await killAll(later)
    const late = waitFor(server.child.pid as number)
    assert.is(await late.ended, 1)
    assert.match(late.errors(), 'nobody listens on')
  },
)

test64('config: a server that Kong starts has the flags, and the dump the protocol among them', async () => {
  const folder = newFolder()
  const metrics = join(folder, 'metrics')
  const flags = ['-metrics', metrics, '-protocol', 'MsgPack:1']
  const text = await print(hello, '--format', 'helm', '--kong', '3.8', '--', ...flags)
  const { env } = parse(text.replaceAll('/kong_prefix', folder).replaceAll('/usr/local/bin/hello', hello))
  // As Kong does it.
  const server = run('sh', ['-c', `exec ${env.pluginserver_hello_start_cmd}`], { env: {} })
  await until('it serves', () => existsSync(env.pluginserver_hello_socket) && existsSync(metrics))
  assert.match(await read(metrics), /^kong_plugin_server_info\{.*protocol="MsgPack:1"/m)
  const { stdout } = spawnSync('sh', ['-c', env.pluginserver_hello_query_cmd], { encoding: 'utf8' })
  assert.is(JSON.parse(stdout).Protocol, 'MsgPack:1')
  await killAll(server)
})

test.run()

function ofSidecar({ command, startupProbe, livenessProbe }: Sidecar): Commands {
  return { start: command, asks: [startupProbe.exec.command, livenessProbe.exec.command] }
}

/** It ends without removing its socket. */
async function killAll({ child, ended }: Program): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

function read(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/metrics' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
    })
    asking.on('error', reject).end()
  })
}
