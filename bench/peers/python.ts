import { join } from 'node:path'
import type { PeerRequest } from './build.ts'
import { installOnce, type Peer, runTool } from './peer.ts'

const source = join(import.meta.dirname, 'python')

/** Kong's own kit for Python, in the mode that it has without flags: a thread for each event. */
export async function buildPython({ folder, handlers }: PeerRequest): Promise<Peer> {
  const pins = join(source, 'requirements.txt')
  const python = join(folder, 'bin', 'python')
  await installOnce(pins, join(folder, 'installed.txt'), async () => {
    await runTool('python3', ['-m', 'venv', '--clear', folder], source)
    await runTool(
      python,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', pins],
      source,
    )
  })
  const describe =
    'import platform, importlib.metadata as m; print(m.version("kong-pdk"), platform.python_version())'
  const [kit, version] = (await runTool(python, ['-c', describe], source)).split(' ')
  const socket = 'python.socket'
  return {
    name: 'kong-python-pdk',
    version: `${kit}, Python ${version}`,
    dialects: ['MsgPack:1'],
    handlers,
    start: (_handler, _dialect, prefix) => ({
      command: python,
      args: [
        ...[join(folder, 'bin', 'kong-python-pluginserver'), '--no-lua-style'],
        ...['--kong-prefix', prefix, '--socket-name', socket],
        ...['--plugins-directory', join(source, 'plugins')],
      ],
      env: { PYTHONDONTWRITEBYTECODE: '1' },
      socket: join(prefix, socket),
    }),
  }
}
