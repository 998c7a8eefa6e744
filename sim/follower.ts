import { equalBytes, isCodedError, parseCheckpoint } from '@openbsn/sdk'
import { type CheckedStatement, type CheckResult, isRefusal } from '../src/crypto/check-pool.ts'
import { assert } from '../src/kernel/assert.ts'
import type { Application, Execution } from '../src/ledger/application.ts'
import { holdingSignatures } from '../src/ledger/checkpoint.ts'
import type { Block, BlockSignature, SubmitOutcome } from '../src/ledger/ledger.ts'
import { validatorsAt, validatorsKey } from '../src/ledger/modules/validators.ts'
import { decodeTransaction } from '../src/ledger/sequencers/cometbft/bundle.ts'
import { bundleId } from '../src/ledger/sequencers/cometbft/bundle-check.ts'
import type { StateReader } from '../src/ledger/state/state-view.ts'
import type { Decided, SimBlock } from './votes.ts'

type Signed = ReturnType<typeof holdingSignatures>

type Bundle = { readonly id: string; readonly statements: readonly Uint8Array[] }
type Content = {
  /** Of all bundles: one list for all who ask. */
  readonly statements: readonly Uint8Array[]
  readonly before: readonly BlockSignature[] | undefined
  readonly bundles: readonly Bundle[]
}

/**
 * What all followers would find out alike, found out once: what is in a block, and which
 * signatures of a checkpoint hold. The answer is kept for those who have the same block and the
 * same validators; whoever has others finds out anew.
 */
export class SharedBlocks {
  readonly #ledger: () => string
  readonly #contents = new WeakMap<SimBlock, Content>()
  readonly #signed = new WeakMap<object, Map<string, Signed>>()

  constructor(ledger: () => string) {
    this.#ledger = ledger
  }

  contentOf(block: SimBlock): Content {
    const known = this.#contents.get(block)
    if (known) return known
    let before: readonly BlockSignature[] | undefined
    const bundles: Bundle[] = []
    for (const tx of block.txs) {
      const decoded = decodeTransaction(tx)
      assert(decoded !== undefined, 'a decided block has transactions of ours')
      if (decoded.kind === 'signatures') before = decoded.set
      else bundles.push({ id: bundleId(tx), statements: decoded.statements })
    }
    const content = { before, bundles, statements: bundles.flatMap((one) => one.statements) }
    this.#contents.set(block, content)
    return content
  }

  /** Which of `signatures` hold over the block, by the validators of this state. */
  signed(
    block: Omit<Block, 'signatures'>,
    signatures: readonly BlockSignature[],
    state: StateReader,
  ): Signed {
    const parts = [block.appHash, state.get(validatorsKey) ?? new Uint8Array()]
    const key = `${block.height} ${block.time} ${Buffer.concat(parts).toString('latin1')}`
    const known = this.#signed.get(signatures) ?? new Map<string, Signed>()
    this.#signed.set(signatures, known)
    const found = known.get(key)
    if (found) return found
    const validators = validatorsAt(state, block.height)
    const signed = holdingSignatures(this.#ledger(), block, { signatures, validators })
    known.set(key, signed)
    return signed
  }

  /** The checkpoints that came with the votes for a block, as signatures. */
  signaturesOf({ commit }: Decided): readonly BlockSignature[] {
    const known = this.#votes.get(commit)
    if (known) return known
    const signatures = commit.flatMap(({ extension }) => signatureIn(extension))
    this.#votes.set(commit, signatures)
    return signatures
  }
  readonly #votes = new WeakMap<object, readonly BlockSignature[]>()
}

function signatureIn(extension: Uint8Array): BlockSignature[] {
  try {
    const { kid, algorithm, signature } = parseCheckpoint(extension)
    return [{ kid, algorithm: algorithm.id, signature }]
  } catch (error) {
    if (isCodedError(error)) return []
    throw error
  }
}

export type FollowerDeps = {
  readonly application: Application
  readonly state: StateReader
  readonly shared: SharedBlocks
}

/** Why a follower does not take a block that is said to be decided. */
export type Disagreement = 'NOT_NEXT' | 'NOT_FINAL' | 'BEFORE_NOT_FINAL' | 'INVALID'

/**
 * Takes decided blocks as a node does that votes for nothing: executes each one by itself, and goes
 * on only where the validators signed what it came to.
 */
export class Follower {
  readonly #deps: FollowerDeps

  constructor(deps: FollowerDeps) {
    this.#deps = deps
  }

  /** What became of each bundle, when the block is the head; or why it is not. */
  async take(decided: Decided): Promise<Map<string, readonly SubmitOutcome[]> | Disagreement> {
    const { application, state, shared } = this.#deps
    const { head } = application
    const { block } = decided
    if (block.height !== head.height + 1) return 'NOT_NEXT'
    const { before, bundles, statements } = shared.contentOf(block)
    if (head.height > 0 && !(before && shared.signed(head, before, state).isFinal)) {
      return 'BEFORE_NOT_FINAL'
    }
    const results = await application.check(statements)
    const time = Math.max(head.time, block.time)
    const proposal = application.process({ height: block.height, time }, results)
    if ('unfit' in proposal) return 'INVALID'
    const execution = application.execute(proposal)
    const { set, isFinal } = shared.signed(execution.block, shared.signaturesOf(decided), state)
    if (!isFinal) return 'NOT_FINAL'
    await application.commit(execution, set, before)
    return outcomesOf(bundles, results, execution)
  }
}

function outcomesOf(
  bundles: readonly Bundle[],
  results: readonly CheckResult[],
  { outcomes }: Execution,
): Map<string, readonly SubmitOutcome[]> {
  const isChecked = (one: CheckResult): one is CheckedStatement => !isRefusal(one)
  let [next, executed] = [0, 0]
  return new Map(
    bundles.map(({ id, statements }) => {
      const own = results.slice(next, next + statements.length)
      next += statements.length
      const list = own.flatMap((result): SubmitOutcome[] => {
        const outcome = isChecked(result) ? outcomes[executed++] : undefined
        if (outcome) return [outcome]
        return isChecked(result) ? [] : [{ outcome: 'refused', ...result }]
      })
      return [id, list]
    }),
  )
}

/** Whether two nodes are at one height with one application hash. */
export const isSameHead = (a: Block, b: Block) =>
  a.height === b.height && equalBytes(a.appHash, b.appHash)
