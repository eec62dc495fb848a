import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('./page/', import.meta.url))

/** The inspector page: `html` asks for `/page.js` and `/page.css`, and for nothing else. */
export interface PageAssets {
  readonly html: string
  readonly script: string
  readonly style: string
}

let loaded: Promise<PageAssets> | undefined

/** The page, bundled when it is first asked for; later calls give the same. */
export function loadPage(): Promise<PageAssets> {
  loaded ??= bundlePage()
  return loaded
}

async function bundlePage(): Promise<PageAssets> {
  const [html, { outputFiles }] = await Promise.all([
    readFile(`${folder}index.html`, 'utf8'),
    build({
      entryPoints: { page: `${folder}main.tsx`, 'page-style': `${folder}page.css` },
      outdir: folder,
      write: false,
      bundle: true,
      format: 'esm',
      target: 'es2022',
      minify: true,
      jsx: 'automatic',
      jsxImportSource: 'preact',
      tsconfigRaw: '{}', // esbuild passes over a tsconfig.json where it is installed: this is the same everywhere
      logLevel: 'silent',
    }),
  ])
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return { html, script: textOf('.js'), style: textOf('.css') }
}
