import { definePlugin, s } from 'kong-ts-pdk'
import { openLog } from './log-file.ts'

export default definePlugin({
  version: '1.0.0',
  priority: 9,
  config: {
    path: s.string({
      required: true,
      startsWith: '/',
      description: 'The file that gets one line per request.',
    }),
    reopen: s.boolean({
      default: true,
      description: 'Follow the path when the file is moved away, as logrotate does.',
    }),
    max_waiting: s.integer({
      default: 8_388_608,
      gt: 0,
      description: 'Bytes that may wait for a slow or full disk; lines beyond are lost, and counted.',
    }),
  },
  init: ({ path, reopen, max_waiting }) => openLog(path, { reopen, maxWaiting: max_waiting }),
  close: (log) => log.close(),

  async log(kong, _config, log) {
    log.write(await kong.log.serializeText())
  },
})
