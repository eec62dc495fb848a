class Empty {
  async access() {}
}

module.exports = { Plugin: Empty, Schema: [], Version: '1.0.0', Priority: 1 }
