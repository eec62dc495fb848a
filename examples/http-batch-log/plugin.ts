import { definePlugin, s } from 'kong-ts-pdk'
import { startDelivery } from './delivery.ts'

export default definePlugin({
  version: '1.0.0',
  priority: 12,
  config: {
    url: s.string({
      required: true,
      match: '^https?://',
      description: 'Where batches are sent with POST, as a JSON array of records.',
    }),
    headers: s.map(s.string(), s.string({ referenceable: true }), {
      default: {},
      description: 'Headers of each batch, such as Authorization.',
    }),
    when_full: s.string({
      oneOf: ['drop_oldest', 'drop_newest'],
      required: true,
      description: 'Which events are lost when more than max_waiting_bytes wait.',
    }),
    max_waiting_bytes: s.integer({
      default: 16_777_216,
      gt: 0,
      description: 'Bytes of events that wait, those on their way included.',
    }),
    batch_events: s.integer({ default: 100, gt: 0, description: 'Send when so many events wait.' }),
    batch_bytes: s.integer({ default: 262_144, gt: 0, description: 'Send when so many bytes wait.' }),
    batch_age: s.integer({ default: 1000, gt: 0, description: 'Send when one has waited so many ms.' }),
    timeout: s.integer({ default: 10_000, gt: 0, description: 'Milliseconds for one try.' }),
    retry_first: s.integer({ default: 500, gt: 0, description: 'Milliseconds until the second try.' }),
    retry_most: s.integer({ default: 30_000, gt: 0, description: 'Milliseconds between later tries.' }),
    close_wait: s.integer({
      default: 4000,
      between: [0, 4500],
      description: 'Milliseconds that a stop may take to send what still waits.',
    }),
  },
  init: startDelivery,
  close: (delivery) => delivery.close(),

  async log(kong, _config, delivery) {
    delivery.add(await kong.log.serializeText())
    // What goes to stderr is hidden at Kong's usual level.
    for (const notice of delivery.takeNotices()) kong.log.warn(notice)
  },
})
