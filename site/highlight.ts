import hljs from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import dockerfile from 'highlight.js/lib/languages/dockerfile'
import http from 'highlight.js/lib/languages/http'
import ini from 'highlight.js/lib/languages/ini'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import lua from 'highlight.js/lib/languages/lua'
import typescript from 'highlight.js/lib/languages/typescript'
import yaml from 'highlight.js/lib/languages/yaml'

const languages = { bash, dockerfile, http, ini, javascript, json, lua, typescript, yaml }
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language)

/** Code as HTML, with a class around each word that has a meaning; plain text in a language that is not known. */
export function highlight(code: string, language: string): string {
  if (hljs.getLanguage(language) === undefined) return escapeHtml(code)
  return hljs.highlight(code, { language }).value
}

/** What a file's name says of its language. */
export function languageOf(file: string): string {
  if (/(^|\/)dockerfile$/i.test(file)) return 'dockerfile'
  const ending = /\.(\w+)$/.exec(file)?.[1] ?? ''
  return { cjs: 'js', mjs: 'js' }[ending] ?? ending
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A name that may go on in the next line behind a point or a slash, and before a capital. */
export function breakable(text: string): string {
  return escapeHtml(text).replaceAll(/(?<=\w[./])(?=\w)|(?<=[a-z]{3})(?=[A-Z])/g, '<wbr>')
}
