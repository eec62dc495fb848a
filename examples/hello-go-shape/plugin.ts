import { type Kong, startServer } from 'kong-ts-pdk'

class Config {
  message = 'hello'

  async access(kong: Kong<'access'>) {
    const host = (await kong.request.getHeader('host')) ?? 'nobody'
    kong.response.setHeader('x-hello-from-ts', `TypeScript says ${this.message} to ${host}`)
  }
}

startServer(() => new Config(), '0.2.0', 1)
