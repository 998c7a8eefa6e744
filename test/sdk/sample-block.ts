import {
  checkpointSigStructure,
  encodeAnchor,
  encodeReceipt,
  type Signer,
  signStatement,
  thumbprint,
} from '@openbsn/sdk'
import { createMerkleModel } from './merkle-model.ts'

/** A ledger of one block, made with the SDK alone: what an outside verifier is given. */
export type SampleBlock = {
  readonly statements: readonly Uint8Array[]
  receipt(index: number): Uint8Array
}

export type SampleOptions = {
  readonly payloads: readonly Uint8Array[]
  readonly issuer: Signer
  readonly validator: Signer
}

/** One statement per payload, and the receipts that `validator` signs for them. */
export async function createBlock({
  payloads,
  issuer,
  validator,
}: SampleOptions): Promise<SampleBlock> {
  const ledger = `bsn1${'5'.repeat(40)}`
  const claims = { iss: 'credential-1', sub: 'flights', aud: ledger, iat: 1_760_000_000 }
  const statements = await Promise.all(
    payloads.map((payload, i) => {
      const cti = new Uint8Array(16).fill(i)
      const input = { contentType: 'text/plain', claims: { ...claims, cti }, payload }
      return signStatement(input, issuer)
    }),
  )
  const model = createMerkleModel(statements)
  const size = statements.length
  const stateRoot = new Uint8Array(32).fill(8)
  const header = encodeAnchor(
    { ledger, size, height: 7, time: 1_760_000_001, stateRoot },
    validator.key.algorithm,
    thumbprint(validator.key),
  )
  const signature = await validator.sign(checkpointSigStructure(header, model.root(size)))
  return {
    statements,
    receipt: (index) =>
      encodeReceipt(header, { size, index, path: model.inclusion(index, size) }, signature),
  }
}
