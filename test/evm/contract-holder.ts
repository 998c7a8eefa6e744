import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Contracts,
  createClient,
  fromBase64url,
  isCodedError,
  type TrustedKeys,
  verifyKeyBundle,
  verifyTransactionProof,
} from '@openbsn/sdk'
import { until } from '../../src/testing/engine-program.ts'
import type { World } from './evm-world.ts'

export type Holder = {
  readonly contracts: Contracts
  readonly address: string
  readonly keys: TrustedKeys
}

/** A credential of a service with its account, by the SDK as a developer has it. */
export async function holderOf(
  world: { readonly folder: string; readonly does: World['does'] },
  service: string,
  name: string,
  ...where: readonly string[]
): Promise<Holder> {
  const out = join(world.folder, `${service}-${name}.credential`)
  const named = ['--service', service, '--api-key', '--label', name, '--out', out]
  await world.does('credential', 'create', ...named, ...where)
  return holderFrom(out, service)
}

/** By what is in its file; at another gateway of the same operator where that is said. */
export async function holderFrom(file: string, service: string, gateway?: string): Promise<Holder> {
  const { apiKey, ledger, operators, bundle, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
  const [operator] = operators
  const gateways = gateway === undefined ? rest.gateways : [{ url: gateway, operator }]
  const client = createClient({ gateways, ledger, apiKey: { key: apiKey, operators } })
  const contracts = client.contracts(service)
  const { address } = await contracts.account()
  return { contracts, address, keys: verifyKeyBundle(bytes(bundle), ledger) }
}

const bytes = (text: string) => fromBase64url(text) ?? assert.fail('base64url')

/** Of a transaction, when its block is in the ledger. */
export async function proofOf({ contracts, keys }: Holder, hash: string) {
  let proof: Uint8Array | undefined
  await until('there is a proof', async () => {
    proof = await contracts.proof(hash).catch((error: unknown) => {
      if (isCodedError(error) && error.code === 'RECEIPT_PENDING') return undefined
      throw error
    })
    return proof !== undefined
  })
  return verifyTransactionProof(proof ?? assert.fail('a proof'), keys)
}
