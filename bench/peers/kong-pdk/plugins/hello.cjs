class Hello {
  async access(kong) {
    const host = await kong.request.get_header('host')
    await kong.response.set_header('x-bench-hello', `hello ${host}`)
  }
}

module.exports = { Plugin: Hello, Schema: [], Version: '1.0.0', Priority: 1 }
