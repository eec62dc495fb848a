import { writeKongVersion } from '../../../build/check/kong-version.ts'
import { comment, listSettings, opening, variable } from './comments.ts'
import type { Configured } from './given.ts'
import { configLines } from './plugin-config.ts'
import { isLoopback } from './server-flags.ts'
import { askCommand, type Setting, serveCommand, settingsOf } from './settings.ts'
import { type Setup, socketFolder } from './setup.ts'
import { yamlText, yamlValue } from './yaml.ts'

/** Where the chart of Kong has the prefix: in a volume, as the rest of its file system is read-only. */
export const chartPrefix = '/kong_prefix'

/** The user of its containers, whatever the image says. */
const chartUser = 1000

/** `values.yaml` for Kong's Helm chart. */
export function writeHelm(setup: Setup): string[] {
  const { managed, kong } = setup
  const { repository, tag } = imageOf(setup)
  const settings = settingsOf(setup, 'container')
  const stream = settings.find(({ name }) => name === 'stream_listen')
  return [
    ...opening(
      setup,
      'values.yaml of the Helm chart "kong"; for the chart "ingress" put all of it under "gateway:".',
    ),
    'image:',
    ...comment(imageHint(setup), '  # '),
    `  repository: ${repository}`,
    `  tag: ${yamlText(tag)}`,
    ...comment('The chart asks which Kong it is, and this tag is no version.', '  # '),
    `  effectiveSemver: ${yamlText(writeKongVersion(kong))}`,
    'env:',
    ...listSettings(
      settings.filter((setting) => setting !== stream),
      ({ name, value }) => `${name}: ${yamlText(value)}`,
      '  ',
    ),
    ...(stream === undefined ? [] : streamPort(stream)),
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

/** The chart makes the setting of it, and opens the port of the container and of the Service. */
function streamPort({ value, why = '' }: Setting): string[] {
  const port = value.split(':').at(-1)
  return [
    'proxy:',
    '  stream:',
    ...comment(why, '    # '),
    `    - { containerPort: ${port}, servicePort: ${port}, protocol: TCP }`,
  ]
}

/** For the Ingress Controller as its own manifests install it: a part of the gateway's Deployment, and the plugins. */
export function writeKic(setup: Setup, plugins: readonly Configured[]): string[] {
  const { managed } = setup
  const { repository, tag } = imageOf(setup)
  const settings = settingsOf(setup, 'container')
  const port = settings
    .find(({ name }) => name === 'stream_listen')
    ?.value.split(':')
    .at(-1)
  const ports = [
    ...(port === undefined ? [] : [`- { name: stream-${port}, containerPort: ${port}, protocol: TCP }`]),
    ...(managed ? metricsPort(setup) : []),
  ]
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
    `          image: ${yamlText(`${repository}:${tag}`)}`,
    '          env:',
    ...listSettings(
      settings,
      (setting) => `- { name: ${variable(setting)}, value: ${yamlText(setting.value)} }`,
      '            ',
    ),
    ...(ports.length === 0 ? [] : ['          ports:', ...ports.map((line) => `            ${line}`)]),
    ...(managed
      ? []
      : ['          volumeMounts:', ...mount('            '), '      volumes:', ...volume('        ')]),
    ...(port === undefined ? [] : serviceWith(port)),
    ...plugins.flatMap(resourceOf),
  ]
}

/** Applied on the server's side, it adds a port to those of the Service. */
function serviceWith(port: string): string[] {
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
    `    - { name: stream-${port}, port: ${port}, targetPort: ${port}, protocol: TCP }`,
  ]
}

function resourceOf(configured: Configured): string[] {
  const { name, phases } = configured.plugin
  const object = objectName(name)
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
          `  name: ${yamlText(object)}`,
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
          `  name: ${yamlText(object)}`,
        ]
  return ['---', ...head, `plugin: ${yamlText(name)}`, ...configLines(configured, '')]
}

/** A container that starts before Kong and stops after it: so no event finds its server gone. */
function sidecar(setup: Setup, indent: string, user?: number): string[] {
  const { repository, tag } = imageOf(setup)
  const { manifest, flags } = setup
  const ask = `exec: { command: ${yamlValue(askCommand(setup))} }`
  const ports = metricsPort(setup)
  const inner = `${indent}  `
  return [
    `${indent}- name: ${containerName(manifest.name)}`,
    ...comment(
      'With restartPolicy: Always it starts before Kong, runs beside it and stops after it: Kubernetes 1.29 or later.',
      `${inner}# `,
    ),
    `${inner}restartPolicy: Always`,
    `${inner}image: ${yamlText(`${repository}:${tag}`)}`,
    `${inner}command: ${yamlValue(serveCommand(setup))}`,
    ...(ports.length === 0 ? [] : [`${inner}ports:`, ...ports.map((port) => `${inner}  ${port}`)]),
    ...comment(
      'Kong starts when the server answers: before, requests would fail, and over MsgPack:1 and up to Kong 3.7 pass. The socket alone says less: it stays when a server is killed. Asking needs the user whom the socket lets in, and a probe runs as that of its container.',
      `${inner}# `,
    ),
    `${inner}startupProbe:`,
    `${inner}  ${ask}`,
    `${inner}  periodSeconds: 1`,
    ...comment('-health itself gives up after five seconds, and says why.', `${inner}  # `),
    `${inner}  timeoutSeconds: 6`,
    `${inner}  failureThreshold: 60`,
    ...comment(
      'A server that has not answered for half a minute is started again, without Kong. Each asking takes some 40 ms of a core. No readinessProbe: while a server starts, the startupProbe keeps its pod out of the Service.',
      `${inner}# `,
    ),
    `${inner}livenessProbe:`,
    `${inner}  ${ask}`,
    `${inner}  periodSeconds: 10`,
    `${inner}  timeoutSeconds: 6`,
    `${inner}  failureThreshold: 3`,
    ...(user === undefined
      ? []
      : comment(
          `The user that the chart gives Kong, whom the socket with its mode ${flags.socketMode} lets in.`,
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

/** By its name a PodMonitor finds it. */
function metricsPort({ flags: { metrics } }: Setup): string[] {
  if (metrics === undefined || 'path' in metrics || isLoopback(metrics)) return []
  return [`- { name: plugin-metrics, containerPort: ${metrics.port}, protocol: TCP }`]
}

function imageOf({ manifest, kong }: Setup): { repository: string; tag: string } {
  const versions = manifest.plugins.map(({ version }) => version).join('-')
  const tag = `${writeKongVersion(kong)}-${versions}`.replaceAll('+', '-').slice(0, longestTag)
  return { repository: `your-registry/kong-${manifest.name}`, tag }
}

const longestTag = 128
const longestName = 63

/** Apart from those of Kong's own containers, as "proxy". */
function containerName(name: string): string {
  return objectName(`kong-plugin-${name}`)
}

/** What Kubernetes takes as a name: it ends as it begins, with a letter or digit. */
function objectName(name: string): string {
  const words = name.toLowerCase().replaceAll('_', '-').replace(/^-+/, '')
  return words.slice(0, longestName).replace(/-+$/, '') || 'plugin'
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
