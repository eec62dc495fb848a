import { Ajv } from 'ajv'
import { Deployment } from 'kubernetes-models/apps/v1'
import { Pod, Service } from 'kubernetes-models/v1'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { readDeclarative } from '../../src/dev/declarative/read.ts'
import { complaintsOf } from './config-support/kubernetes.ts'
import { bundle, early, print, reader, refusal, required, single, stream } from './config-support/print.ts'

interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly restartPolicy?: string
  readonly securityContext?: { readonly runAsUser?: number }
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly ports?: readonly object[]
}
interface Workload {
  readonly spec: {
    readonly template: { readonly spec: { initContainers?: Container[]; containers: Container[] } }
  }
}
interface Values {
  readonly image: { readonly repository: string; readonly tag: string }
  readonly env: Readonly<Record<string, string>>
  readonly proxy?: object
  readonly deployment?: {
    readonly initContainers: Container[]
    readonly userDefinedVolumes: object[]
    readonly userDefinedVolumeMounts: object[]
  }
}

/** What the definition of the resource in Kong's Ingress Controller 3 has. */
const isPlugin = new Ajv().compile({
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'plugin'],
  properties: {
    apiVersion: { const: 'configuration.konghq.com/v1' },
    kind: { enum: ['KongPlugin', 'KongClusterPlugin'] },
    metadata: { type: 'object', required: ['name'] },
    plugin: { type: 'string', minLength: 1 },
    config: { type: 'object' },
    ...Object.fromEntries(
      [
        'configFrom',
        'configPatches',
        'consumerRef',
        'disabled',
        'instance_name',
        'ordering',
        'protocols',
      ].map((name) => [name, {}]),
    ),
  },
  additionalProperties: false,
})

/** What Kong's chart 3.4 has names for: it takes every other name, and does nothing with it. */
const isValues = new Ajv({ strict: false }).compile(
  closed({
    image: closed({ repository: {}, tag: {}, effectiveSemver: {} }),
    env: { type: 'object' },
    proxy: closed({ stream: { items: closed({ containerPort: {}, servicePort: {}, protocol: {} }) } }),
    deployment: closed({ userDefinedVolumes: {}, userDefinedVolumeMounts: {}, initContainers: {} }),
  }),
)

const words = [
  ['--kong', '3.9'],
  ['--kong', '3.8'],
  ['--kong', '3.8', '--unmanaged'],
  ['--kong', '3.4'],
  ['--kong', '3.9', '--', '-metrics', '0.0.0.0:9542'],
]

for (const binary of [single, bundle, reader])
  for (const flags of words) {
    const title = [binary.replace(/^.*\//, ''), ...flags].join(' ')
    test(`config --format kic: Kubernetes' own schema takes the Deployment of ${title}`, async () => {
      const [deployment, ...plugins] = await documents('--format', 'kic', binary, ...flags)
      assert.equal(complaintsOf(Deployment, deployment), [])
      assert.ok(plugins.length > 0)
      for (const plugin of plugins) assert.ok(isPlugin(plugin), JSON.stringify(isPlugin.errors))
    })

    test(`config --format helm: Kubernetes' own schema takes the parts of ${title}`, async () => {
      const values: unknown = parse(await print('--format', 'helm', binary, ...flags))
      assert.ok(isValues(values), JSON.stringify(isValues.errors))
      const { image, env, deployment } = values as Values
      const variables = Object.entries(env).map(([name, value]) => ({
        name: `KONG_${name.toUpperCase()}`,
        value,
      }))
      const proxy = { name: 'proxy', image: `${image.repository}:${image.tag}`, env: variables }
      const pod = {
        metadata: { name: 'kong' },
        spec: {
          initContainers: deployment?.initContainers ?? [],
          containers: [{ ...proxy, volumeMounts: deployment?.userDefinedVolumeMounts ?? [] }],
          volumes: deployment?.userDefinedVolumes ?? [],
        },
      }
      assert.equal(complaintsOf(Pod, pod), [])
      for (const name of Object.keys(env)) assert.match(name, /^[a-z][a-z_]*$/)
    })
  }

test("Kubernetes' own schema refuses what is missing, and a misspelt member wherever it stands", async () => {
  const [deployment] = await documents(single, '--format', 'kic')
  const nameless = structuredClone(deployment) as Workload
  nameless.spec.template.spec.containers[0] = { image: 'kong' } as Container
  assert.match(complaintsOf(Deployment, nameless).join(), 'containers/0')
  const places = objectsIn(deployment).filter((path) => !/[lL]abels$/.test(path))
  assert.ok(places.includes('/spec/template/spec/initContainers/0/securityContext/capabilities'))
  for (const path of places) {
    const copy = structuredClone(deployment)
    const place = path.split('/').slice(1).reduce(memberOf, copy) as Record<string, unknown>
    place.misspelt = 'x'
    assert.equal(complaintsOf(Deployment, copy), [`${path}/misspelt is unknown`])
  }
})

test('config --format helm: with Kong 3.9 the server has a container of its own, of the same image and user', async () => {
  const { image, env, deployment } = parse(await print(bundle, '--format', 'helm', '--kong', '3.9')) as Values
  const [server] = deployment?.initContainers ?? []
  assert.is(server?.image, `${image.repository}:${image.tag}`)
  assert.equal(server?.command, ['/opt/kong-plugins/pack', '-socket', '/run/kong-plugins/pack.socket'])
  assert.equal([server?.restartPolicy, server?.securityContext?.runAsUser], ['Always', 1000])
  assert.equal(env, {
    plugins: 'bundled,hello,key-guard',
    pluginserver_names: 'hello,key-guard',
    pluginserver_hello_socket: '/run/kong-plugins/pack.socket',
    pluginserver_hello_query_cmd: '/opt/kong-plugins/pack hello -dump',
    pluginserver_key_guard_socket: '/run/kong-plugins/pack.socket',
    pluginserver_key_guard_query_cmd: '/opt/kong-plugins/pack key-guard -dump',
  })
})

test("config --format helm: a server that Kong starts has its socket in the chart's prefix", async () => {
  const { env, deployment } = parse(await print(single, '--format', 'helm', '--kong', '3.8')) as Values
  assert.is(deployment, undefined)
  assert.equal(env, {
    plugins: 'bundled,hello',
    pluginserver_names: 'hello',
    pluginserver_hello_socket: '/kong_prefix/hello.socket',
    pluginserver_hello_start_cmd: '/usr/local/bin/hello -kong-prefix /kong_prefix',
    pluginserver_hello_query_cmd: '/usr/local/bin/hello -dump',
  })
})

test('config --format helm: the port of a stream plugin is one of the chart, which opens it in the Service too', async () => {
  const values: unknown = parse(await print(stream, '--format', 'helm'))
  assert.ok(isValues(values), JSON.stringify(isValues.errors))
  const { env, proxy } = values as Values
  assert.equal(proxy, { stream: [{ containerPort: 9000, servicePort: 9000, protocol: 'TCP' }] })
  assert.not.ok('stream_listen' in env)
})

test('config --format kic: the port of a stream plugin is in the container and the Service', async () => {
  const [deployment, service, plugin] = await documents(stream, '--format', 'kic')
  const [proxy] = (deployment as Workload).spec.template.spec.containers
  assert.ok(proxy?.env?.some(({ name, value }) => name === 'KONG_STREAM_LISTEN' && value === '0.0.0.0:9000'))
  const port = { name: 'stream-9000', protocol: 'TCP' }
  assert.equal(proxy?.ports, [{ ...port, containerPort: 9000 }])
  assert.equal(complaintsOf(Deployment, deployment), [])
  assert.equal(complaintsOf(Service, service), [])
  const { metadata, spec } = service as { metadata: object; spec: object }
  assert.equal(metadata, { name: 'kong-proxy', namespace: 'kong' })
  assert.equal(spec, { ports: [{ ...port, port: 9000, targetPort: 9000 }] })
  assert.is((plugin as { kind: string }).kind, 'KongPlugin')
  assert.match(await print(stream, '--format', 'kic'), 'TCPIngress or TCPRoute')
})

test('config --format kic and helm: a port of metrics that others reach has a name, one on the loopback has a note', async () => {
  const port = { name: 'plugin-metrics', containerPort: 9542, protocol: 'TCP' }
  const note = 'is read from within the container, or the pod, only'
  for (const host of ['0.0.0.0', '127.0.0.1']) {
    const flags = ['--', '-metrics', `${host}:9542`]
    const expected = host === '0.0.0.0' ? [port] : undefined
    const kic = await documents(single, '--format', 'kic', ...flags)
    const { initContainers, containers } = (kic[0] as Workload).spec.template.spec
    assert.equal([initContainers?.[0]?.ports, containers[0]?.ports], [expected, undefined])
    const managed = await documents(single, '--format', 'kic', '--kong', '3.8', ...flags)
    assert.equal((managed[0] as Workload).spec.template.spec.containers[0]?.ports, expected)
    const helm = await print(single, '--format', 'helm', ...flags)
    assert.equal((parse(helm) as Values).deployment?.initContainers[0]?.ports, expected)
    assert.is(helm.replaceAll('\n# ', ' ').includes(note), expected === undefined)
  }
})

test('config --format kic: the values of --set are in the plugin, by the types of its schema', async () => {
  const [, plugin] = await documents(
    ...[single, '--format', 'kic', '--set', 'message=7', '--set', 'limits.size=5', '--set', 'end=1.5'],
    ...['--set', 'x-y=false', '--set', 'denied=["a","b"]'],
  )
  assert.equal((plugin as { config: unknown }).config, {
    message: '7',
    limits: { size: 5 },
    end: 1.5,
    'x-y': false,
    denied: ['a', 'b'],
  })
})

test('config --format kic: what runs before a route is known is for the whole cluster', async () => {
  const [, plugin] = await documents(early, '--format', 'kic')
  const { kind, metadata } = plugin as { kind: string; metadata: unknown }
  assert.is(kind, 'KongClusterPlugin')
  assert.equal(metadata, {
    name: 'early-bird',
    annotations: { 'kubernetes.io/ingress.class': 'kong' },
    labels: { global: 'true' },
  })
})

test('config --format deck: the declarative reader finds the plugins', async () => {
  for (const kong of ['2.8', '3.9']) {
    const text = await print(
      ...[bundle, '--format', 'deck', '--kong', kong],
      ...['--set', 'hello.message=it\'s "me": #1', '--set', 'hello.limits.size=5'],
    )
    const { plugins } = readDeclarative(text, 'kong.yml').entities
    assert.equal(
      plugins.map(({ name, config }) => [name, config]),
      [
        ['hello', { message: 'it\'s "me": #1', limits: { size: 5 } }],
        ['key-guard', {}],
      ],
    )
    assert.is((parse(text) as { _format_version: string })._format_version, kong === '2.8' ? '2.1' : '3.0')
  }
})

test('config --format deck: a comment says what Kong would miss', async () => {
  const text = await print(required, '--format', 'deck')
  // Its description has a line that would be a member of the file, were it no comment.
  assert.is((parse(text) as { plugins: unknown[] }).plugins.length, 1)
  assert.match(
    text.replace(/\n +# /g, ' '),
    'Kong refuses it as it stands: config.keys: required field missing.',
  )
  assert.not.match(
    await print(required, '--format', 'deck', '--set', 'keys={"me":"secret"}'),
    'Kong refuses it',
  )
})

test('config refuses a --set that Kong would refuse, or that has no place', async () => {
  for (const [set, sentence] of [
    ['message', /^Cannot read --set message: write it as message=hi/],
    [
      'massage=hi',
      /^Cannot set massage of hello, as --set massage=hi says: there is only message, end, x-y, /,
    ],
    ['limits.sice=1', /there is only size$/],
    ['message.x=1', /^Cannot set message\.x of hello, .*: there are no fields$/],
    [
      'end=loud',
      /^Cannot read the value in --set end=loud: the field is of the type number and takes JSON, as 1\.5$/,
    ],
    [
      'end=99',
      /^Cannot configure hello like this, as Kong would refuse it: config\.end: value should be between 1 and 9/,
    ],
  ] as const)
    assert.match(await refusal(single, '--format', 'deck', '--set', set), sentence)
  assert.match(
    await refusal(bundle, '--format', 'kic', '--set', 'message=hi'),
    /^Cannot tell which plugin --set message=hi is for: begin with its name, as hello\.message=hi; there are hello, key-guard$/,
  )
  assert.match(
    await refusal(single, '--format', 'env', '--set', 'message=hi'),
    /^Cannot take --set with --format env: .*; kic and deck have$/,
  )
})

async function documents(...request: string[]): Promise<unknown[]> {
  const parsed = parseAllDocuments(await print(...request))
  return parsed.map((document) => {
    assert.equal(document.errors, [])
    return document.toJS() as unknown
  })
}

test.run()

/** The schema of an object that has these members and no others. */
function closed(properties: object): object {
  return { type: 'object', properties, additionalProperties: false }
}

function memberOf(value: unknown, name: string): unknown {
  return (value as Record<string, unknown>)[name]
}

/** The paths of all objects that are no lists. */
function objectsIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([name, member]) => objectsIn(member, `${path}/${name}`))
  return Array.isArray(value) ? inner : [path, ...inner]
}
