import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Contract } from '@hyperledger/fabric-gateway'
import type { PeerClient } from '../../src/frameworks/fabric/channels/connect-channel.ts'
import { connectOrganisation } from '../../src/frameworks/fabric/channels/open-channel.ts'
import { usualBuildLimits } from '../../src/frameworks/fabric/packages/build-steps.ts'
import {
  openPackageStore,
  type PackageStore,
  type StoredArtefact,
} from '../../src/frameworks/fabric/packages/package-store.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { userEnvironment } from '../../src/testing/user-engines.ts'

/** What a contract answers, or what is said in its place. */
export async function said(asked: Promise<Uint8Array>): Promise<string> {
  try {
    return Buffer.from(await asked).toString('utf8')
  } catch (error) {
    const { details, message } = error as {
      readonly message: string
      readonly details?: readonly { readonly message: string }[]
    }
    return [message, ...(details ?? []).map((one) => one.message)].join('; ')
  }
}

type Parts = Pick<PackageWorld, 'folder' | 'network' | 'store'> & {
  readonly clients: readonly PeerClient[]
}

/** Two organisations of real Fabric, and a store whose packages both run. */
export class PackageWorld {
  readonly folder: ReturnType<typeof testFolder>
  readonly network: FabricNetwork
  readonly store: PackageStore
  readonly #clients: readonly PeerClient[]
  #uploads = 0

  private constructor(parts: Parts) {
    this.folder = parts.folder
    this.network = parts.network
    this.store = parts.store
    this.#clients = parts.clients
  }

  static async create(): Promise<PackageWorld> {
    const network = await FabricNetwork.create({})
    const clients = await Promise.all(network.organisations.map(connectOrganisation))
    const folder = testFolder()
    // A build that hangs is to be told in this test's time.
    const buildLimits = { ...usualBuildLimits, cpuSeconds: 30, stepTimeoutMs: 240_000 }
    const place = { folder: folder.file('store'), env: userEnvironment() }
    const store = await openPackageStore({ ...place, buildLimits })
    return new PackageWorld({ folder, network, clients, store })
  }

  publish(bytes: Uint8Array): Promise<StoredArtefact> {
    const archive = this.folder.file(`package-${++this.#uploads}.tgz`, bytes)
    return this.store.publish(archive, { signal: AbortSignal.timeout(600_000) })
  }

  /** A contract as both organisations reach it. */
  contractsOf(channel: string, name: string): readonly [Contract, Contract] {
    const [first, second] = this.#clients.map((one) => one.network(channel).getContract(name))
    return first && second ? [first, second] : assert.fail()
  }

  /** Folders of builds that are not done. */
  get drafts(): string[] {
    return readdirSync(join(this.folder.path, 'store/drafts'))
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close()
    await this.network.close()
    this.folder.remove()
  }
}
