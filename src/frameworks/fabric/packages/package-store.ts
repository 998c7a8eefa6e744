import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@openbsn/sdk'
import type { Environment } from '../../../engines/go-build.ts'
import { runProgram } from '../../../engines/run-program.ts'
import { buildGo } from './build-go.ts'
import { buildNode } from './build-node.ts'
import { type BuildLimits, type BuildPlace, usualBuildLimits } from './build-steps.ts'
import { type Enclosure, findEnclosure } from './enclosure.ts'
import { packageError } from './errors.ts'
import { type ChanceFound, findChance } from './find-chance.ts'
import { fileDigest, folderDigest } from './folder-digest.ts'
import { type PackageKind, readKind } from './package-kind.ts'
import { openRegistryProxy } from './registry-proxy.ts'
import { findGo, findNpm } from './toolchain.ts'
import { type UnpackLimits, unpackPackage, usualLimits } from './unpack-package.ts'

/** What a package was built to. */
export type Artefact = {
  /** Of the archive that was uploaded: SHA-256 in hex. */
  readonly archive: string
  /** Of what was built (`folderDigest`): what organisations compare. */
  readonly digest: string
  readonly kind: PackageKind
  /** Where it says what it can be asked for. */
  readonly functions?: readonly string[]
  readonly files: number
  readonly sizeBytes: number
  /** What may come out differently on another peer. */
  readonly chance: ChanceFound
}

/** An artefact in the store. */
export type StoredArtefact = Artefact & { readonly folder: string }

export type PackageStoreOptions = {
  /** For this process alone; made where absent. */
  readonly folder: string
  /** Where the tools are, and how the operator has set them up: PATH, HOME … */
  readonly env: Environment
  readonly unpackLimits?: UnpackLimits
  readonly buildLimits?: BuildLimits
}

export type PublishDeps = {
  /** Ends the build. Who waits for the build of another is not ended by it. */
  readonly signal: AbortSignal
  /** All that the tools say, and what is done. */
  readonly onLine?: (line: string) => void
}

/** Packages of publishers, and what was built of them. */
export interface PackageStore {
  readonly enclosure: Enclosure
  /**
   * What an archive is built to: taken from the store where it is there and whole, else built. Two
   * at once have one build. Packages are built one after the other.
   * @throws PACKAGE_UNREADABLE, PACKAGE_TOO_LARGE, PACKAGE_NAME_REFUSED, PACKAGE_ENTRY_REFUSED,
   * PACKAGE_KIND_UNKNOWN, PACKAGE_LOCK_MISSING, PACKAGE_TOOL_MISSING, PACKAGE_BUILD_FAILED,
   * PACKAGE_BUILD_STOPPED
   */
  publish(archive: string, deps: PublishDeps): Promise<StoredArtefact>
  /** By the digest of the archive; one that is not whole is removed. */
  find(archive: string): Promise<StoredArtefact | undefined>
  /** Nothing may run from it. */
  remove(archive: string): Promise<void>
}

/** Opens a store, and clears what builds left that were killed. */
export async function openPackageStore(options: PackageStoreOptions): Promise<PackageStore> {
  const { folder } = options
  await rm(join(folder, 'drafts'), { recursive: true, force: true })
  for (const name of ['drafts', 'built', 'cache', 'root']) {
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
  }
  return new FolderStore(options, await findEnclosure(join(folder, 'root')))
}

const contractFolder = 'contract'
const recordName = 'artefact.json'

class FolderStore implements PackageStore {
  readonly enclosure: Enclosure
  readonly #options: PackageStoreOptions
  readonly #building = new Map<string, Promise<StoredArtefact>>()
  #before: Promise<unknown> = Promise.resolve()

  constructor(options: PackageStoreOptions, enclosure: Enclosure) {
    this.#options = options
    this.enclosure = enclosure
  }

  async publish(archive: string, deps: PublishDeps): Promise<StoredArtefact> {
    const digest = await fileDigest(archive)
    const underWay = this.#building.get(digest)
    if (underWay !== undefined) return underWay
    const built = this.#before.then(async () => {
      return (await this.find(digest)) ?? this.#build(archive, digest, deps)
    })
    this.#before = built.catch(() => undefined)
    this.#building.set(digest, built)
    try {
      return await built
    } finally {
      this.#building.delete(digest)
    }
  }

  async find(archive: string): Promise<StoredArtefact | undefined> {
    const place = this.#placeOf(archive)
    const text = await readFile(join(place, recordName), 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    try {
      const artefact = JSON.parse(text) as Artefact
      const folder = join(place, contractFolder)
      const { digest } = await folderDigest(folder)
      if (digest === artefact.digest) return { ...artefact, folder }
    } catch {
      // Half of it may have reached the disk when the power went.
    }
    await this.remove(archive)
    return undefined
  }

  async remove(archive: string): Promise<void> {
    await rm(this.#placeOf(archive), { recursive: true, force: true })
  }

  #placeOf(archive: string): string {
    return join(this.#options.folder, 'built', archive)
  }

  async #build(archive: string, digest: string, deps: PublishDeps): Promise<StoredArtefact> {
    const { folder, unpackLimits = usualLimits } = this.#options
    const draft = await mkdtemp(join(folder, 'drafts', 'draft-'))
    try {
      const source = join(draft, 'source')
      const unpacked = await unpackPackage(archive, source, unpackLimits)
      if (unpacked.digest !== digest) {
        throw packageError('PACKAGE_UNREADABLE', 'The package changed while it was read.')
      }
      const kind = await readKind(source)
      const chance = await findChance(source, languageOf(kind))
      const functions = await this.#compile(kind, draft, deps)
      const contract = join(draft, contractFolder)
      // It may run as another user than it was built by, whatever files are made with here.
      await runProgram({ path: 'chmod', args: ['-R', 'u+w,a+rX', contract] })
      const found = await folderDigest(contract)
      const artefact: Artefact = {
        ...{ archive: digest, kind, ...(functions ? { functions } : {}), ...found, chance },
      }
      await rm(source, { recursive: true, force: true })
      await writeFile(join(draft, recordName), JSON.stringify(artefact))
      await rename(draft, this.#placeOf(digest))
      return { ...artefact, folder: join(this.#placeOf(digest), contractFolder) }
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }

  /** Leaves what runs in the folder `contract` of the draft. */
  async #compile(kind: PackageKind, draft: string, deps: PublishDeps) {
    const { folder, env, buildLimits: limits = usualBuildLimits } = this.#options
    const source = join(draft, 'source')
    const tool = kind.language === 'go' ? await findGo(env) : await findNpm(env)
    const proxy = await openRegistryProxy(tool.places)
    const place: BuildPlace = {
      ...{ enclosure: this.enclosure, limits, source, cache: join(folder, 'cache') },
      ...{ proxy: proxy.url, signal: deps.signal, onLine: deps.onLine ?? (() => undefined) },
    }
    try {
      if (kind.language === 'node') {
        const { functions } = await buildNode(kind, place, tool)
        await rename(source, join(draft, contractFolder))
        return functions
      }
      const out = await mkdtemp(join(source, 'out-'))
      const temporary = await mkdtemp(join(source, 'temporary-'))
      const { functions } = await buildGo(kind, { ...place, out, temporary }, tool)
      await rename(out, join(draft, contractFolder))
      return functions
    } catch (error) {
      throw proxy.refused.length === 0 ? error : withPlaces(error, proxy.refused)
    } finally {
      await proxy.close()
    }
  }
}

/** Where a build failed that asked for other places than registries, that may be why. */
function withPlaces(error: unknown, places: readonly string[]): unknown {
  if (!(error instanceof CodedError) || error.code !== 'PACKAGE_BUILD_FAILED') return error
  const message = `${error.message}\nWhat may not be reached: ${places.join(', ')}`
  return packageError('PACKAGE_BUILD_FAILED', message, { details: error.details })
}

function languageOf(kind: PackageKind) {
  if (kind.language === 'go') return 'go'
  return kind.isTypeScript ? 'typescript' : 'javascript'
}
