import { writeKongVersion } from '../../../build/check/kong-version.ts'
import { comment, listSettings, opening, variable } from './comments.ts'
import type { Configured } from './given.ts'
import { configLines } from './plugin-config.ts'
import { hasStream, serveCommand, settingsOf, streamListen, streamPort } from './settings.ts'
import { type Setup, socketFolder } from './setup.ts'

/** Where the chart of Kong has the prefix: in a volume, as the rest of its file system is read-only. */
export const chartPrefix = '/kong_prefix'

/** The user of its containers, whatever the image says. */
const chartUser = 1000

/** `values.yaml` for Kong's Helm chart. */
export function writeHelm(setup: Setup): string[] {
  const { managed, kong } = setup
  const { repository, tag } = imageOf(setup)
  const settings = settingsOf(setup, 'container').filter(({ name }) => name !== streamListen)
  return [
    ...opening(
      setup,
      'values.yaml of the Helm chart "kong"; for the chart "ingress" put all of it under "gateway:".',
    ),
    'image:',
    ...comment(imageHint(setup), '  # '),
    `  repository: ${repository}`,
    `  tag: ${JSON.stringify(tag)}`,
    ...comment('The chart asks which Kong it is, and this tag is no version.', '  # '),
    `  effectiveSemver: ${JSON.stringify(writeKongVersion(kong))}`,
    'env:',
    ...listSettings(settings, ({ name, value }) => `${name}: ${JSON.stringify(value)}`, '  '),
    ...(hasStream(setup)
      ? [
          'proxy:',
          ...comment(
            'preread runs for connections to these ports. The chart opens them in Kong, whose stream_listen it sets, in the container and in the Service.',
            '  # ',
          ),
          '  stream:',
          `    - containerPort: ${streamPort}`,
          `      servicePort: ${streamPort}`,
          '      protocol: TCP',
        ]
      : []),
    ...(managed
      ? []
      : [
          'deployment:',
          '  userDefinedVolumes:',
          ...volume('    '),
          '  userDefinedVolumeMounts:',
          ...mount('    '),
          '  initContainers:',
          ...sidecar(setup, '    ', chartUser),
        ]),
  ]
}

/** For the Ingress Controller as its own manifests install it: a part of the gateway's Deployment, and the plugins. */
export function writeKic(setup: Setup, plugins: readonly Configured[]): string[] {
  const { managed } = setup
  const { repository, tag } = imageOf(setup)
  return [
    ...opening(
      setup,
      'For "kubectl apply --server-side --force-conflicts -f": the Deployment adds to the gateway of all-in-one-dbless.yaml of the controller 2.9 to 2.12. An installation by Helm, the only way since 3.0, takes --format helm, and from here only what is of configuration.konghq.com.',
    ),
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    '  name: proxy-kong',
    '  namespace: kong',
    'spec:',
    '  selector:',
    '    matchLabels:',
    '      app: proxy-kong',
    '  template:',
    '    metadata:',
    '      labels:',
    '        app: proxy-kong',
    '    spec:',
    ...(managed ? [] : ['      initContainers:', ...sidecar(setup, '        ')]),
    '      containers:',
    '        - name: proxy',
    ...comment(imageHint(setup), '          # '),
    `          image: ${JSON.stringify(`${repository}:${tag}`)}`,
    '          env:',
    ...listSettings(
      settingsOf(setup, 'container'),
      (setting) => `- { name: ${variable(setting)}, value: ${JSON.stringify(setting.value)} }`,
      '            ',
    ),
    ...(hasStream(setup)
      ? [
          '          ports:',
          `            - { name: stream-${streamPort}, containerPort: ${streamPort}, protocol: TCP }`,
        ]
      : []),
    ...(managed
      ? []
      : ['          volumeMounts:', ...mount('            '), '      volumes:', ...volume('        ')]),
    ...(hasStream(setup) ? serviceLines() : []),
    ...plugins.flatMap(resourceOf),
  ]
}

/** Applied on the server's side, it adds a port to those of the Service. */
function serviceLines(): string[] {
  return [
    '---',
    ...comment('The port of stream_listen, in the Service of the same manifest.'),
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    '  name: kong-proxy',
    '  namespace: kong',
    'spec:',
    '  ports:',
    `    - { name: stream-${streamPort}, port: ${streamPort}, targetPort: ${streamPort}, protocol: TCP }`,
  ]
}

function resourceOf(configured: Configured): string[] {
  const { name, phases } = configured.plugin
  const object = name.toLowerCase().replaceAll('_', '-')
  const early = ['rewrite', 'certificate'].filter((phase) => phases.includes(phase))
  const head =
    early.length > 0
      ? [
          ...comment(
            `For all requests: before a route is found, in ${early.join(' and ')}, no other plugin runs.`,
          ),
          'apiVersion: configuration.konghq.com/v1',
          'kind: KongClusterPlugin',
          'metadata:',
          `  name: ${object}`,
          '  annotations:',
          '    kubernetes.io/ingress.class: kong',
          '  labels:',
          '    global: "true"',
        ]
      : [
          ...comment(
            `In the namespace of the ${phases.includes('preread') ? 'TCPIngress or TCPRoute' : 'Ingress, HTTPRoute or Service'} that takes it by the annotation konghq.com/plugins: ${object}.`,
          ),
          'apiVersion: configuration.konghq.com/v1',
          'kind: KongPlugin',
          'metadata:',
          `  name: ${object}`,
        ]
  return ['---', ...head, `plugin: ${JSON.stringify(name)}`, ...configLines(configured, '')]
}

/** A container that starts before Kong and stops after it: so no event finds its server gone. */
function sidecar(setup: Setup, indent: string, user?: number): string[] {
  const { repository, tag } = imageOf(setup)
  const { manifest } = setup
  const inner = `${indent}  `
  return [
    `${indent}- name: ${manifest.name.replaceAll('_', '-')}`,
    ...comment(
      'With restartPolicy: Always it starts before Kong, runs beside it and stops after it: Kubernetes 1.29 or later.',
      `${inner}# `,
    ),
    `${inner}restartPolicy: Always`,
    `${inner}image: ${JSON.stringify(`${repository}:${tag}`)}`,
    `${inner}command: ${JSON.stringify(serveCommand(setup))}`,
    ...(user === undefined
      ? []
      : comment(
          'The user that the chart gives Kong, whom the socket with its mode 0600 lets in.',
          `${inner}# `,
        )),
    `${inner}securityContext:`,
    ...(user === undefined
      ? []
      : [`${inner}  runAsUser: ${user}`, `${inner}  runAsGroup: ${user}`, `${inner}  runAsNonRoot: true`]),
    `${inner}  allowPrivilegeEscalation: false`,
    ...(manifest.addons.length > 0
      ? comment('The native addons inside are unpacked in /tmp.', `${inner}  # `)
      : [`${inner}  readOnlyRootFilesystem: true`]),
    `${inner}  capabilities:`,
    `${inner}    drop: [ALL]`,
    `${inner}volumeMounts:`,
    ...mount(`${inner}  `),
  ]
}

function imageOf({ manifest, kong }: Setup): { repository: string; tag: string } {
  const versions = manifest.plugins.map(({ version }) => version).join('-')
  return { repository: `your-registry/kong-${manifest.name}`, tag: `${writeKongVersion(kong)}-${versions}` }
}

function imageHint({ managed, kong }: Setup): string {
  return `Yours: built with what --format dockerfile --kong ${writeKongVersion(kong)}${managed ? '' : ' --unmanaged'} prints, and pushed. Kong asks the binary in it for the schema.`
}

function volume(indent: string): string[] {
  return [`${indent}- name: kong-plugins`, `${indent}  emptyDir: {}`]
}

function mount(indent: string): string[] {
  return [`${indent}- name: kong-plugins`, `${indent}  mountPath: ${socketFolder}`]
}
