import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { packageError } from './errors.ts'
import { smallText } from './small-text.ts'

/** What a package is, as its own files say. */
export type PackageKind = {
  readonly name: string
  readonly version: string
} & (NodeKind | GoKind)

export type NodeKind = {
  readonly language: 'node'
  /** Of contracts that `main` exports, or a program of its own that serves on the low interface. */
  readonly style: 'contract-api' | 'shim'
  /** Relative; it may come to be by compiling. */
  readonly main: string
  /** Whether it is compiled first, by the TypeScript that the package itself depends on. */
  readonly isTypeScript: boolean
}

export type GoKind = {
  readonly language: 'go'
  /** Modules come with the package, in its folder `vendor`. */
  readonly isVendored: boolean
}

/**
 * Looks at the top of an unpacked package. One folder that holds all, as many archives have, is not
 * looked into.
 * @throws PACKAGE_KIND_UNKNOWN, PACKAGE_LOCK_MISSING, PACKAGE_NAME_REFUSED
 */
export async function readKind(folder: string): Promise<PackageKind> {
  const has = (name: string) => isFile(join(folder, name))
  if (await has('package.json')) {
    // Its settings could name another registry, or programs to be run.
    if (await has('.npmrc')) {
      throw packageError('PACKAGE_NAME_REFUSED', 'A package has no .npmrc: leave it out.')
    }
    const kind = nodeKind(parsed(await textOf(folder, 'package.json')))
    const isTypeScript = kind.hasTypeScript && (await has('tsconfig.json'))
    const isLocked = (await has('package-lock.json')) || (await has('npm-shrinkwrap.json'))
    if (!isLocked) throw lockMissing('package-lock.json')
    const { hasTypeScript: _, ...rest } = kind
    return { ...rest, isTypeScript }
  }
  if (await has('go.mod')) {
    const kind = goKind(await textOf(folder, 'go.mod'))
    const isVendored = await has('vendor/modules.txt')
    if (!isVendored && !(await has('go.sum'))) throw lockMissing('go.sum')
    return { ...kind, isVendored }
  }
  throw unknown('There is neither a package.json nor a go.mod at the top.')
}

const isFile = (path: string) =>
  lstat(path).then(
    (found) => found.isFile(),
    () => false,
  )

async function textOf(folder: string, name: string): Promise<string> {
  const text = await smallText(join(folder, name))
  if (text === undefined) throw unknown(`${name} is larger than a mebibyte.`)
  return text
}

const unknown = (message: string) => packageError('PACKAGE_KIND_UNKNOWN', message)

const lockMissing = (name: string) =>
  packageError('PACKAGE_LOCK_MISSING', `There is no ${name}, which pins what is depended on.`)

type Manifest = { readonly [name: string]: unknown }

function parsed(text: string): Manifest {
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Told below.
  }
  throw unknown('package.json is not the JSON of an object.')
}

const namePattern = /^(@[a-z0-9~._-]+\/)?[a-z0-9~._-]{1,100}$/i
const versionPattern = /^\d{1,9}(\.[0-9A-Za-z.+-]{1,60})?$/
const pathPattern = /^(\.\/)?(?!\/)(?!.*(^|\/)\.\.(\/|$))[\w@./-]{1,200}$/

function nodeKind(manifest: Manifest) {
  const { name, version, main = 'index.js' } = manifest
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw unknown('package.json has no name that npm would take.')
  }
  if (typeof version !== 'string' || !versionPattern.test(version)) {
    throw unknown('package.json has no version such as 1.0.0.')
  }
  if (typeof main !== 'string' || !pathPattern.test(main)) {
    throw unknown('The main of package.json is no relative path of plain characters.')
  }
  const runs = namesOf(manifest.dependencies)
  const style = styleOf(runs)
  const builds = new Set([...runs, ...namesOf(manifest.devDependencies)])
  const language = 'node' as const
  return { name, version, language, style, main, hasTypeScript: builds.has('typescript') }
}

/** The program of fabric-shim serves contracts of fabric-contract-api, so both are to be there. */
function styleOf(dependencies: ReadonlySet<string>): NodeKind['style'] {
  const hasShim = dependencies.has('fabric-shim')
  if (dependencies.has('fabric-contract-api') && hasShim) return 'contract-api'
  if (hasShim) return 'shim'
  throw unknown('package.json does not depend on fabric-shim (nor on fabric-contract-api with it).')
}

const namesOf = (field: unknown): ReadonlySet<string> =>
  new Set(typeof field === 'object' && field !== null ? Object.keys(field) : [])

function goKind(text: string) {
  const path = /^module\s+"?([\w.~/-]{1,200})"?\s*(\/\/.*)?$/m.exec(text)?.[1]
  if (path === undefined) throw unknown('go.mod has no line `module NAME`.')
  const isContract =
    /^\s*(require\s+)?github\.com\/hyperledger\/fabric-(chaincode|contract-api)-go/m
  if (!isContract.test(text)) {
    throw unknown('go.mod requires neither fabric-chaincode-go nor fabric-contract-api-go.')
  }
  // What another folder or fork has is not what go.sum pins.
  if (/=>\s*"?\.{0,2}\//.test(text)) {
    throw unknown('go.mod replaces a module by a folder; put it under `vendor`.')
  }
  const name = path.split('/').findLast((part) => !/^v\d+$/.test(part)) ?? path
  // Go modules have their versions from tags, which an archive has not.
  return { name, version: '0.0.0', language: 'go' as const }
}
