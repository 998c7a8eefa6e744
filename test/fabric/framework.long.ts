import { after } from 'node:test'
import { frameworkContract } from '../../src/frameworks/framework-contract.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { FabricWorld } from '../../src/testing/fabric-world.ts'

let network: Promise<FabricNetwork> | undefined

/** Two organisations, which all worlds share: each has channels of its own. */
function networkOf(): Promise<FabricNetwork> {
  network ??= FabricNetwork.create()
  return network
}

after(async () => (await network)?.close())

frameworkContract('fabric', async () => FabricWorld.create(await networkOf()))
