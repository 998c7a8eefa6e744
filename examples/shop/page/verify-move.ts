import { sha256, toHex, verifyKeyBundle, verifyTransactionProof } from '@openbsn/sdk'
import { calldataOf } from '../calldata.ts'
import type { Move, ShopState } from '../move.ts'

/** What came from the shop's server, and is worth only what holds of it. */
export type Evidence = { readonly proof: Uint8Array; readonly keys: Uint8Array }

/**
 * Verifies here, with nobody's word, that the ledger with this id has the move registered. One
 * sentence for each thing that holds.
 * @throws the code of what does not hold
 */
export function verifyMove(
  move: Move,
  { proof, keys }: Evidence,
  { ledger, service }: Pick<ShopState, 'ledger' | 'service'>,
): string[] {
  const trusted = verifyKeyBundle(keys, ledger)
  const found = verifyTransactionProof(proof, trusted)
  const { height, index, chain, signers } = found
  demand(found.transaction === move.transaction, 'the proof is of another transaction')
  demand(found.service === service, 'the transaction is of another service')
  demand(found.status === 1, 'the transaction was reverted')
  demand(String(height) === move.height, 'the transaction is in another block')
  const since = new Date(found.time * 1000).toLocaleString()
  const validators = signers.length === 1 ? '1 validator' : `${signers.length} validators`
  return [
    'The keys are those that the id of the ledger pins.',
    `Entry ${index} of the ledger has the block, since ${since}, signed by ${validators}.`,
    `${found.attestedBy} registered it as block ${height} of chain ${chain}; it was not reverted.`,
    saysTheMove(move, found.input, { ledger, service }),
  ]
}

/** That the transaction's own bytes say what the page shows. */
function saysTheMove(
  move: Move,
  input: string,
  where: Pick<ShopState, 'ledger' | 'service'>,
): string {
  const calldata = calldataOf(move, where)
  if (!calldata)
    return 'It was not ordered here, so only the transaction is proven, not what it says.'
  const isSame = `0x${toHex(sha256(calldata))}` === input
  demand(isSame, 'the transaction says something else than this page shows')
  const data = `Its data, made again here, is ${wordsOf(move)}`
  return `${data}, as an act of the credential ${move.act?.credential}.`
}

function wordsOf({ kind, to, points, note }: Move): string {
  const text = JSON.stringify(note ?? '')
  if (kind === 'award') return `issue(${to}, ${points}, ${text})`
  return kind === 'redeem' ? `redeem(${points}, ${text})` : `transfer(${to}, ${points})`
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new TypeError(`It does not hold: ${otherwise}.`)
}
