import { comment, opening } from './comments.ts'
import { askCommand, serveCommand, settingsOf } from './settings.ts'
import { type Setup, socketFolder } from './setup.ts'

/** A unit that runs the server beside a Kong from a package, with the lines for that Kong's kong.conf. */
export function writeSystemd(setup: Setup): string[] {
  const { manifest, title, flags } = setup
  const unit = `kong-plugin-${manifest.name}.service`
  return [
    ...opening(
      setup,
      `/etc/systemd/system/${unit}: copy the binary to ${setup.file}, then "systemctl enable --now ${unit}", then restart Kong with these lines in /etc/kong/kong.conf:`,
    ),
    ...settingsOf(setup)
      .filter(({ optional }) => optional === undefined)
      .map(({ name, value }) => `#   ${name} = ${value}`),
    '[Unit]',
    `Description=Plugins for Kong in ${title}`,
    ...comment(
      'Kong starts behind it, in the order of a boot: without its server requests fail, and over MsgPack:1 and up to Kong 3.7 pass.',
    ),
    'Before=kong.service kong-enterprise-edition.service',
    ...comment('However often it fails: systemd would give it up for good after five times.'),
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=${serveCommand(setup).join(' ')}`,
    ...comment(
      'It counts as started when it answers: the socket alone may be there of one that was killed. Asking ends with the server, which is started again then, and after half a minute in any case.',
    ),
    `ExecStartPost=/bin/sh -c "until ${askCommand(setup).join(' ')}; do kill -0 $$MAINPID && sleep 0.5 || exit 1; done"`,
    'TimeoutStartSec=30',
    ...comment(
      `The user of nginx's workers (nginx_user in kong.conf), whom the socket with its mode ${flags.socketMode} lets in, and who may read the bodies that nginx puts into files.`,
    ),
    'User=kong',
    'Group=kong',
    ...comment('The folder of the socket. It stays when one of several such units stops.'),
    `RuntimeDirectory=${socketFolder.slice('/run/'.length)}`,
    'RuntimeDirectoryPreserve=yes',
    'Restart=always',
    'RestartSec=1',
    ...comment('Events in flight and every close have five seconds.'),
    'TimeoutStopSec=10',
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
    'ProtectHome=yes',
    ...comment(
      'No MemoryDenyWriteExecute: V8 makes code while it runs. No PrivateTmp: a plugin may share files with Kong.',
    ),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]
}
