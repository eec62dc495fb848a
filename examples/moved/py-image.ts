import { definePlugin } from 'kong-ts-pdk'

/**
 * What kong-python-pdk's py-image does: answers with a picture that shows the headers of the request. Python draws a PNG
 * with a library and a font of the system; here it is SVG, which needs neither.
 */
export default definePlugin({
  version: '0.1.0',
  async access(kong) {
    const headers = Object.entries(await kong.request.getHeaders())
    const lines = headers.map(
      ([name, values], index) =>
        `<text x="0" y="${32 * (index + 1)}">${escapeText(`${name}: ${values.join(', ')}`)}</text>`,
    )
    const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="200" font-size="24">${lines.join('')}</svg>`
    return kong.response.exit(200, picture, { 'content-type': 'image/svg+xml' })
  },
})

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
