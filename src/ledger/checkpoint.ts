import {
  algorithmById,
  checkpointSigStructure,
  encodeAnchor,
  encodeCheckpoint,
  equalBytes,
  type Signer,
  thumbprint,
  type Validator,
} from '@openbsn/sdk'
import { createVerifier } from '../crypto/native.ts'
import { assert } from '../kernel/assert.ts'
import { sizeAfter } from './blocks.ts'
import type { Block, BlockSignature } from './ledger.ts'

export type UnsignedBlock = Omit<Block, 'signatures'>

/** The protected header that a key signs of a block, the same for all of its entries. */
export function headerOf(
  ledger: string,
  block: UnsignedBlock,
  { kid, algorithm }: Pick<BlockSignature, 'kid' | 'algorithm'>,
): Uint8Array {
  const known = algorithmById(algorithm)
  assert(known !== undefined, 'blocks are signed by an algorithm of the table')
  const { height, time, stateRoot } = block
  return encodeAnchor({ ledger, size: sizeAfter(block), height, time, stateRoot }, known, kid)
}

/** A validator's signature of a block: the heart of every receipt of it. */
export async function signBlock(
  ledger: string,
  block: UnsignedBlock,
  signer: Signer,
): Promise<BlockSignature> {
  const [kid, algorithm] = [thumbprint(signer.key), signer.key.algorithm.id]
  const header = headerOf(ledger, block, { kid, algorithm })
  const signature = await signer.sign(checkpointSigStructure(header, block.logRoot))
  return { kid, algorithm, signature }
}

/** The block's log root with one signature, as it is served, and sent with a vote. */
export function checkpointOf(
  ledger: string,
  block: UnsignedBlock,
  one: BlockSignature,
): Uint8Array {
  return encodeCheckpoint(headerOf(ledger, block, one), block.logRoot, one.signature)
}

/** Those signatures that hold over the block, one for each validator, and the power behind them. */
export function holdingSignatures(
  ledger: string,
  block: UnsignedBlock,
  {
    signatures,
    validators,
  }: {
    readonly signatures: readonly BlockSignature[]
    readonly validators: readonly Validator[]
  },
): { readonly set: readonly BlockSignature[]; readonly isFinal: boolean } {
  const set: BlockSignature[] = []
  let signed = 0
  for (const validator of validators) {
    const { algorithm, raw, kid } = validator
    const message = () =>
      checkpointSigStructure(
        headerOf(ledger, block, { kid, algorithm: algorithm.id }),
        block.logRoot,
      )
    // A validator that voted for several blocks of a height signed each of them.
    const own = signatures.find(
      (one) =>
        equalBytes(one.kid, kid) &&
        one.algorithm === algorithm.id &&
        createVerifier(algorithm, raw)(message(), one.signature),
    )
    if (!own) continue
    set.push(own)
    signed += validator.power
  }
  const total = validators.reduce((sum, { power }) => sum + power, 0)
  return { set, isFinal: signed * 3 > total * 2 }
}
