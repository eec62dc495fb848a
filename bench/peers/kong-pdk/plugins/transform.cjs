class Transform {
  async access(kong) {
    const body = await kong.request.get_raw_body()
    await kong.service.request.set_raw_body(body)
  }
}

module.exports = { Plugin: Transform, Schema: [], Version: '1.0.0', Priority: 1 }
