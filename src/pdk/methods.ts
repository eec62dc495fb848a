import { client } from './methods/client.ts'
import { cluster } from './methods/cluster.ts'
import { ctx } from './methods/ctx.ts'
import { enterpriseEdition } from './methods/enterprise-edition.ts'
import { ip } from './methods/ip.ts'
import { log } from './methods/log.ts'
import { nginx } from './methods/nginx.ts'
import { node } from './methods/node.ts'
import { plugin } from './methods/plugin.ts'
import { request } from './methods/request.ts'
import { response } from './methods/response.ts'
import { router } from './methods/router.ts'
import { service } from './methods/service.ts'
import { table } from './methods/table.ts'
import { telemetry } from './methods/telemetry.ts'
import { vault } from './methods/vault.ts'

/** The whole PDK, as an author sees it: `methods.request.getHeader` is `kong.request.getHeader`. */
export const methods = {
  client,
  cluster,
  ctx,
  enterpriseEdition,
  ip,
  log,
  nginx,
  node,
  plugin,
  request,
  response,
  router,
  service,
  table,
  telemetry,
  vault,
} as const
