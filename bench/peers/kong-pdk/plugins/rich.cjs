class Rich {
  async access(kong) {
    // One after the other: this kit has no way to ask for several things at once.
    const headers = await kong.request.get_headers()
    const query = await kong.request.get_query()
    const body = await kong.request.get_raw_body()
    const [agent, id, length] = [headers['user-agent'][0], query.id[0], String(body.length)]
    await kong.response.set_header('x-bench-agent', agent)
    await kong.response.set_header('x-bench-id', id)
    await kong.response.set_header('x-bench-length', length)
    await kong.service.request.set_header('x-bench-agent', agent)
    await kong.service.request.set_header('x-bench-id', id)
    await kong.service.request.set_header('x-bench-length', length)
  }
}

module.exports = { Plugin: Rich, Schema: [], Version: '1.0.0', Priority: 1 }
