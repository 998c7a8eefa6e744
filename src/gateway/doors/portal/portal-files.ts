import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { shortDigest } from '../../short-digest.ts'

/** A built file, and which packed forms of it lie beside it. */
export type PortalFile = {
  readonly path: string
  readonly type: string
  readonly encodings: ReadonlySet<Encoding>
}
export type Encoding = 'br' | 'gzip'

/** The portal as it was built. Names are read once: nothing else is ever opened. */
export interface PortalFiles {
  /** The page; undefined where nothing is built. */
  readonly index: PortalFile | undefined
  asset(name: string): PortalFile | undefined
  /** Its bytes, kept after the first time: they are a few MB at most. */
  read(file: PortalFile, encoding?: Encoding): Promise<Buffer>
  /** Changes with its bytes; made once. */
  digest(file: PortalFile): Promise<string>
}

const endings = { br: '.br', gzip: '.gz' } as const

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Where the build is: beside the compiled program in a package, in portal/ of a clone. */
export function portalFolder(): string {
  const packed = join(import.meta.dirname, '../../../portal')
  if (existsSync(join(packed, 'index.html'))) return packed
  return join(import.meta.dirname, '../../../../portal/dist')
}

/** @throws nothing; a folder that is not there is one with no build */
export function openPortalFiles(folder: string): PortalFiles {
  const assets = filesIn(join(folder, 'assets'))
  const index = filesIn(folder).get('index.html')
  const kept = new Map<string, Promise<Buffer>>()
  const digests = new Map<string, string>()

  function read({ path }: PortalFile, encoding?: Encoding): Promise<Buffer> {
    const file = encoding ? path + endings[encoding] : path
    const known = kept.get(file)
    if (known !== undefined) return known
    const bytes = readFile(file)
    kept.set(file, bytes)
    // What could not be read now may be there later.
    bytes.catch(() => kept.delete(file))
    return bytes
  }

  async function digest(file: PortalFile): Promise<string> {
    const made = digests.get(file.path) ?? shortDigest(await read(file))
    digests.set(file.path, made)
    return made
  }

  return { index, asset: (name) => assets.get(name), read, digest }
}

function filesIn(folder: string): Map<string, PortalFile> {
  if (!existsSync(folder)) return new Map()
  const names = new Set(readdirSync(folder))
  return new Map(
    [...names].flatMap((name) => {
      const type = types[extname(name)]
      if (type === undefined) return []
      const encodings = new Set(
        (['br', 'gzip'] as const).filter((one) => names.has(name + endings[one])),
      )
      return [[name, { path: join(folder, name), type, encodings }] as const]
    }),
  )
}
