class Log {
  async log(kong) {
    const record = await kong.log.serialize()
    if (record.length === 0) console.error('there is no record')
  }
}

module.exports = { Plugin: Log, Schema: [], Version: '1.0.0', Priority: 1 }
