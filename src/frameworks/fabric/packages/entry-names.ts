import { packageError } from './errors.ts'

/** Of a path in all, of one part of it, and parts: every file system has them. */
const limits = { pathBytes: 512, partBytes: 200, parts: 32 }

/** What a name is to be for: a file cannot be a folder as well. */
export type EntryKind = 'file' | 'folder'

/** Remembers the names of one package, and refuses those that could hurt or be mistaken. */
export class EntryNames {
  readonly #known = new Map<string, { readonly path: string; readonly kind: EntryKind }>()

  /**
   * The path of an entry within the package; undefined for the package itself, `.`.
   * @throws PACKAGE_NAME_REFUSED
   */
  take(name: string, kind: EntryKind): string | undefined {
    const parts = partsOf(name)
    if (parts.length === 0) {
      if (kind === 'folder') return undefined
      throw refused(name, 'is no name of a file')
    }
    for (let count = 1; count < parts.length; count++) {
      this.#enter(parts.slice(0, count).join('/'), 'folder')
    }
    const path = parts.join('/')
    const isNew = this.#enter(path, kind)
    if (!isNew && kind === 'file') throw refused(name, 'is there twice')
    return path
  }

  /** Whether it was not there. Names that some systems hold for one are one. */
  #enter(path: string, kind: EntryKind): boolean {
    const folded = path.normalize('NFKC').toLowerCase()
    const known = this.#known.get(folded)
    if (known === undefined) {
      this.#known.set(folded, { path, kind })
      return true
    }
    if (known.path !== path) throw refused(path, `differs from ${known.path} in case only`)
    if (known.kind !== kind) throw refused(path, 'is both a file and a folder')
    return false
  }
}

/** Whole names: what a header cannot decode has this in it. */
const replacement = '�'

function partsOf(name: string): string[] {
  if (name === '') throw refused(name, 'is empty')
  if (name.startsWith('/')) throw refused(name, 'is absolute')
  if (name.includes('\\')) throw refused(name, 'has a backslash')
  if (/\p{Cc}|\p{Cf}|\p{Cs}/u.test(name)) throw refused(name, 'has characters that are not seen')
  if (name.includes(replacement)) throw refused(name, 'is not UTF-8')
  if (Buffer.byteLength(name) > limits.pathBytes) {
    throw refused(name, `is longer than ${limits.pathBytes} bytes`)
  }
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw refused(name, 'leads out of the package')
  if (parts.length > limits.parts) throw refused(name, `has more than ${limits.parts} parts`)
  if (parts.some((part) => Buffer.byteLength(part) > limits.partBytes)) {
    throw refused(name, `has a part longer than ${limits.partBytes} bytes`)
  }
  return parts
}

const shownMax = 80

function refused(name: string, why: string) {
  const shown = JSON.stringify(name.slice(0, shownMax))
  return packageError('PACKAGE_NAME_REFUSED', `The name ${shown} ${why}.`)
}
