import { comment, listSettings, opening, variable } from './comments.ts'
import { askCommand, serveCommand, settingsOf } from './settings.ts'
import { type Setup, socketFolder } from './setup.ts'
import { yamlText, yamlValue } from './yaml.ts'

/** A `compose.yaml` with Kong, without a database, and the binary. */
export function writeCompose(setup: Setup): string[] {
  const { image, managed, links } = setup
  const settings = settingsOf(setup, 'container')
  const ports = settings.some(({ name }) => name === 'stream_listen')
    ? ['8000:8000', '9000:9000']
    : ['8000:8000']
  return [
    ...opening(
      setup,
      'compose.yaml: "docker compose up" serves on port 8000. kong.yml beside it has services and routes: --format deck prints its plugins.',
    ),
    'services:',
    '  kong:',
    `    image: ${yamlText(image)}`,
    ...(managed ? [] : waitForServer(setup)),
    '    environment:',
    '      KONG_DATABASE: "off"',
    '      KONG_DECLARATIVE_CONFIG: /kong/kong.yml',
    ...listSettings(settings, (setting) => `${variable(setting)}: ${yamlText(setting.value)}`, '      '),
    '    volumes:',
    ...comment('What is missing is an error: Docker would put an empty folder in its place.', '      # '),
    mount('./kong.yml', '/kong/kong.yml'),
    ...(links.length > 0
      ? comment('The binary knows by the name of its file which plugin it is.', '      # ')
      : []),
    ...binaryMounts(setup),
    ...(managed ? [] : [`      - kong-plugins:${socketFolder}`]),
    '    ports:',
    ...ports.map((port) => `      - ${yamlText(port)}`),
    ...(managed ? [] : serverService(setup)),
  ]
}

function waitForServer(setup: Setup): string[] {
  return [
    ...comment(
      'Kong starts when the server answers: before, requests would fail, and over MsgPack:1 and up to Kong 3.7 pass.',
      '    # ',
    ),
    '    depends_on:',
    `      ${serviceOf(setup)}:`,
    '        condition: service_healthy',
  ]
}

function serverService(setup: Setup): string[] {
  return [
    `  ${serviceOf(setup)}:`,
    ...comment(
      'The image of Kong again: its user is that of the workers, whom the socket lets in.',
      '    # ',
    ),
    `    image: ${yamlText(setup.image)}`,
    `    entrypoint: ${yamlValue(serveCommand(setup))}`,
    ...comment(
      'In the place of what the image asks, which is whether Kong runs. The server is asked over its socket, as the user that it runs as. That takes some 40 ms of a core, so not every second; Kong starts after the first time. Docker starts nothing again that is unhealthy.',
      '    # ',
    ),
    '    healthcheck:',
    `      test: ${yamlValue(['CMD', ...askCommand(setup)])}`,
    '      interval: 5s',
    ...comment('-health itself gives up after five seconds, and says why.', '      # '),
    '      timeout: 6s',
    '      start_period: 60s',
    '      retries: 3',
    ...comment('The image says SIGQUIT, at which nginx stops in good order.', '    # '),
    '    stop_signal: SIGTERM',
    '    restart: always',
    '    volumes:',
    ...binaryMounts(setup),
    `      - kong-plugins:${socketFolder}`,
    'volumes:',
    '  kong-plugins:',
    ...comment('In memory, and open to the user of the image, where a new volume belongs to root.', '    # '),
    '    driver_opts:',
    '      type: tmpfs',
    '      device: tmpfs',
    '      o: "mode=1777"',
  ]
}

/** In quotes, as a name may be a number. */
function serviceOf({ manifest }: Setup): string {
  return yamlText(manifest.name)
}

function binaryMounts({ source, links, servers, file }: Setup): string[] {
  const files = links.length > 0 ? servers.map(({ name }) => `/usr/local/bin/${name}`) : [file]
  return files.map((path) => mount(`./${source}`, path))
}

/** Compose replaces what stands behind a "$", so that one is written twice. */
function mount(source: string, target: string): string {
  return `      - { type: bind, source: ${yamlText(source.replaceAll('$', '$$$$'))}, target: ${target}, read_only: true, bind: { create_host_path: false } }`
}
