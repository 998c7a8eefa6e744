import {
  algorithmById,
  checkpointSigStructure,
  encodeAnchor,
  toHex,
  type Validator,
} from '@openbsn/sdk'
import { createVerifier, type Verifier } from '../../crypto/native.ts'
import { damaged, type ExportedBlock } from './export-format.ts'

export type BlockSignaturesOptions = {
  /** Id of the ledger. */
  readonly ledger: string
  /** Whose signatures make a block final; the same list for as long as they are the same. */
  readonly validatorsAt: (height: number) => readonly Validator[]
}

type Signer = Validator & { readonly holds: Verifier }

/** Whether a block's validators signed it. */
export class BlockSignatures {
  readonly #options: BlockSignaturesOptions
  /** By the list that has them: keys are decoded once. */
  readonly #signers = new WeakMap<readonly Validator[], readonly Signer[]>()

  constructor(options: BlockSignaturesOptions) {
    this.#options = options
  }

  /**
   * More than two thirds of the power, nothing else. `size`: entries up to the block's end.
   * @throws EXPORT_DAMAGED
   */
  require(block: ExportedBlock, size: number): void {
    const { height, time, stateRoot, logRoot, signatures } = block
    const signers = this.#signersAt(height)
    const left = new Map(signers.map((one) => [toHex(one.kid), one]))
    for (const { kid, algorithm, signature } of signatures) {
      const signer = left.get(toHex(kid))
      left.delete(toHex(kid))
      const known = algorithmById(algorithm)
      const anchor = { ledger: this.#options.ledger, size, height, time, stateRoot }
      const holds =
        signer !== undefined &&
        signer.algorithm === known &&
        signature.length === 64 &&
        signer.holds(checkpointSigStructure(encodeAnchor(anchor, known, kid), logRoot), signature)
      if (!holds) throw damaged(`a signature of block ${height} does not hold`)
    }
    if (powerOf(left.values()) * 3 < powerOf(signers)) return
    throw damaged(`block ${height} is not signed by its validators`)
  }

  #signersAt(height: number): readonly Signer[] {
    const validators = this.#options.validatorsAt(height)
    const known = this.#signers.get(validators)
    if (known) return known
    const signers = validators.map((one) => {
      return { ...one, holds: createVerifier(one.algorithm, one.raw) }
    })
    this.#signers.set(validators, signers)
    return signers
  }
}

const powerOf = (list: Iterable<Signer>) => [...list].reduce((sum, one) => sum + one.power, 0)
