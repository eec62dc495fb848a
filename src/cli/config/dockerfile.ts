import { basename, dirname } from 'node:path'
import { comment, listSettings, opening, variable } from './comments.ts'
import { askCommand, serveCommand, settingsOf } from './settings.ts'
import { type Setup, socketFolder } from './setup.ts'

/** A Dockerfile whose last stage is a stock image of Kong with the binary. */
export function writeDockerfile(setup: Setup): string[] {
  const { image, managed, source, file, links, manifest } = setup
  const settings = settingsOf(setup, 'container')
  const [plugin] = manifest.plugins
  const dump = manifest.plugins.length > 1 ? [plugin!.name, '-dump'] : ['-dump']
  const copied = '/plugin/binary'
  return [
    ...opening(
      setup,
      `Dockerfile: its context is the folder of the binary, as in "docker build --tag my-kong --file Dockerfile ${dirname(source)}", where no .dockerignore leaves it out.`,
    ),
    '',
    ...comment(
      `The binary is tried on the libraries of the image, as Kong's user: where it does not run, the build stops here. Only what this stage ends with is copied, so that the mode costs no second layer.`,
    ),
    `FROM ${image} AS plugin`,
    'USER root',
    `COPY ${JSON.stringify([basename(source), copied])}`,
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
    ...comment(
      managed
        ? `No HEALTHCHECK in the place of the image's, which asks whether Kong runs: Kong starts a server again that has ended, and with this container all else that the gateway serves would go. To look, run "-health" of the binary in it.`
        : `Nothing here starts the server. A second container of this image does: its entrypoint is ${JSON.stringify(serveCommand(setup))}, and both have a volume at ${socketFolder}. No HEALTHCHECK here, as it would be that of both; that of the second container is ${JSON.stringify(askCommand(setup))}.`,
    ),
    'USER kong',
  ]
}
