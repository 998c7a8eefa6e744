import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { connect, hash, signers } from '@hyperledger/fabric-gateway'
import {
  organisationFiles,
  readIdentity,
} from '../../src/frameworks/fabric/organisation/identities.ts'
import { mspIdOf } from '../../src/frameworks/fabric/organisation/open-organisation.ts'
import { serveParent } from '../network/program.ts'
import { type Flooded, flood } from './flood.ts'

/**
 * How Fabric's own client writes: endorse, submit, wait until it is in a block; set up as its
 * documentation does.
 */
export type DirectPlan = {
  /** Of the node's organisation. */
  readonly folder: string
  readonly node: string
  readonly channel: string
  readonly contract: string
  readonly inFlight: number
  readonly first: number
  readonly warmupSeconds: number
  readonly seconds: number
}

export type DirectResult = Flooded & { readonly cores: number }

serveParent(async (plan: DirectPlan): Promise<DirectResult> => {
  const { folder, node, channel } = plan
  const ports = JSON.parse(readFileSync(join(folder, 'ports.json'), 'utf8'))
  const { certificate, key } = await readIdentity(folder, 'gateway')
  const root = credentials.createSsl(readFileSync(organisationFiles(folder).root))
  const client = new Client(`127.0.0.1:${ports.peer}`, root, {
    'grpc.ssl_target_name_override': 'localhost',
  })
  const gateway = connect({
    ...{ client, hash: hash.sha256, signer: signers.newPrivateKeySigner(key) },
    identity: { mspId: mspIdOf(node), credentials: Buffer.from(certificate) },
  })
  const contract = gateway.getNetwork(channel).getContract(plan.contract)
  const cpu = process.cpuUsage()
  const beganMs = performance.now()
  const flooded = await flood(async (number) => {
    const pair = JSON.stringify({ baseKey: `d${number}`, baseValue: 'x'.repeat(200) })
    await contract.submitTransaction('set', pair)
  }, plan)
  const { user, system } = process.cpuUsage(cpu)
  gateway.close()
  client.close()
  const cores = (user + system) / 1000 / (performance.now() - beganMs)
  return { ...flooded, cores }
})
