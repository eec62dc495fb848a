import { comment, listSettings, opening, variable } from './comments.ts'
import { hasStream, serveCommand, settingsOf, streamPort } from './settings.ts'
import { type Setup, socketFolder } from './setup.ts'

/** A `compose.yaml` with Kong, without a database, and the binary. */
export function writeCompose(setup: Setup): string[] {
  const { image, managed, source, file, links, manifest } = setup
  const mounts = (links.length > 0 ? links.map((link) => `/usr/local/bin/${link}`) : [file]).map(
    (path) => `      - ${quoted(`./${source}:${path}:ro`)}`,
  )
  const settings = settingsOf(setup, 'container')
  const ports = ['8000:8000', ...(hasStream(setup) ? [`${streamPort}:${streamPort}`] : [])]
  return [
    ...opening(
      setup,
      'compose.yaml: "docker compose up" serves on port 8000. kong.yml beside it has services and routes: --format deck prints its plugins.',
    ),
    'services:',
    '  kong:',
    `    image: ${quoted(image)}`,
    '    environment:',
    '      KONG_DATABASE: "off"',
    '      KONG_DECLARATIVE_CONFIG: /kong/kong.yml',
    ...listSettings(settings, (setting) => `${variable(setting)}: ${quoted(setting.value)}`, '      '),
    '    volumes:',
    '      - ./kong.yml:/kong/kong.yml:ro',
    ...(links.length > 0
      ? comment('The binary knows by the name of its file which plugin it is.', '      # ')
      : []),
    ...mounts,
    ...(managed ? [] : [`      - kong-plugins:${socketFolder}`]),
    '    ports:',
    ...ports.map((port) => `      - ${quoted(port)}`),
    ...(managed ? [] : serverService(setup, `  ${manifest.name}:`, mounts)),
  ]
}

function serverService(setup: Setup, heading: string, mounts: readonly string[]): string[] {
  return [
    heading,
    ...comment(
      'The image of Kong again: its user is that of the workers, whom the socket lets in.',
      '    # ',
    ),
    `    image: ${quoted(setup.image)}`,
    `    entrypoint: ${JSON.stringify(serveCommand(setup))}`,
    ...comment('The image says SIGQUIT, at which nginx stops in good order.', '    # '),
    '    stop_signal: SIGTERM',
    '    restart: always',
    '    volumes:',
    ...mounts,
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

/** A Dockerfile whose last stage is a stock image of Kong with the binary. */
export function writeDockerfile(setup: Setup): string[] {
  const { image, managed, source, file, links, manifest } = setup
  const settings = settingsOf(setup, 'container')
  const [plugin] = manifest.plugins
  const dump = manifest.plugins.length > 1 ? [plugin!.name, '-dump'] : ['-dump']
  const copied = '/plugin/binary'
  return [
    ...opening(setup, 'Dockerfile: build it in the folder where the binary was built.'),
    '',
    ...comment(
      `The binary is tried on the libraries of the image, as Kong's user: where it does not run, the build stops here. Only what this stage ends with is copied, so that the mode costs no second layer.`,
    ),
    `FROM ${image} AS plugin`,
    'USER root',
    `COPY ${JSON.stringify([source, copied])}`,
    `RUN chmod 0755 ${copied}`,
    'USER kong',
    `RUN ${JSON.stringify([copied, ...dump])}`,
    '',
    `FROM ${image}`,
    'USER root',
    `COPY --from=plugin ${copied} ${file}`,
    ...(links.length > 0
      ? [
          ...comment('The binary knows by the name that it is called by which plugin it is.'),
          `RUN ${links.map((link) => `ln -s ${file} /usr/local/bin/${link}`).join(' && ')}`,
        ]
      : []),
    ...(managed
      ? []
      : [
          ...comment('For the sockets of plugins; a volume that is mounted here takes over whose it is.'),
          `RUN mkdir -p ${socketFolder} && chown kong ${socketFolder}`,
        ]),
    ...listSettings(settings, (setting) => `ENV ${variable(setting)}=${JSON.stringify(setting.value)}`),
    ...(managed
      ? []
      : comment(
          `Nothing here starts the server. A second container of this image does: its entrypoint is ${JSON.stringify(serveCommand(setup))}, and both have a volume at ${socketFolder}.`,
        )),
    'USER kong',
  ]
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
