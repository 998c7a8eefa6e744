import {
  type CborValue,
  CodedError,
  encodeCbor,
  equalBytes,
  isCodedError,
  sha256,
} from '@openbsn/sdk'
import { readNode } from '../alliance/node-state.ts'
import { bytesOf, hexOf } from '../frameworks/blocks/hex.ts'
import { notSent } from '../frameworks/errors.ts'
import type { Signers, SigningFor } from '../frameworks/evm/signers.ts'
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger, SubmitOutcome } from '../ledger/ledger.ts'
import { readSender, type SenderState } from '../services/sender-state.ts'
import { type Member, signAct } from './member.ts'

export type SignersDeps = {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly operator: Member | undefined
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
}

/** As the ledger has it: the first node that signs for a credential says so there. */
export function createSigners(deps: SignersDeps): Signers {
  const { ledger, node } = deps
  const known = (credential: string) => readSender(ledger, credential)
  const isOurs = ({ credential, address }: SigningFor) => {
    const found = known(credential)
    return found?.node === node() && equalBytes(found?.address ?? nothing, bytesOf(address))
  }
  function look(credential: string): void {
    const found = known(credential)
    if (found && found.node !== node()) refuseElsewhere(credential, found, ledger)
  }
  return {
    look,
    addressOf: (credential) => {
      const found = known(credential)
      return found && hexOf(found.address)
    },
    async keep(who) {
      if (isOurs(who)) return
      look(who.credential)
      const outcome = await say(who, deps)
      if (isOurs(who)) return
      // Another node was faster.
      look(who.credential)
      const why = outcome.outcome === 'refused' ? ` ${outcome.code}: ${outcome.detail}` : ''
      throw notSent(`The ledger does not say that this node signs for ${who.credential}.${why}`)
    },
  }
}

const nothing = new Uint8Array()

/** @throws CALL_NOT_SENT */
async function say(
  { credential, address }: SigningFor,
  { ledger, clock, operator, node }: SignersDeps,
): Promise<SubmitOutcome> {
  const own = node()
  if (!operator || own === undefined) {
    throw notSent('This node is not registered in the alliance, so it signs for nobody.')
  }
  const expect = readSender(ledger, credential)?.version ?? 0
  const payload = { credential, node: own, address: bytesOf(address), expect }
  // Made of what it says, so that a try that is repeated is the same act.
  const cti = sha256(encodeCbor(new Map<string, CborValue>(Object.entries(payload)))).subarray(
    0,
    16,
  )
  const act = { name: 'sender-register', sub: 'bsn:blocks', payload, cti }
  try {
    const [outcome] = await ledger.submit([await signAct(act, operator, { ledger, clock })])
    assert(outcome !== undefined, 'one statement has one outcome')
    return outcome
  } catch (error) {
    // Whatever became of the act, no transaction was made.
    if (isCodedError(error)) throw notSent(`The ledger does not answer. ${error.message}`, error)
    throw error
  }
}

/** @throws SERVICE_ELSEWHERE, unless that node is retired */
function refuseElsewhere(credential: string, { node }: SenderState, ledger: Ledger): void {
  const there = readNode(ledger, node)
  if (there?.status !== 'active') return
  const { gateway } = there
  const message = `The node ${node} signs for ${credential} on this chain: ask ${gateway}.`
  throw new CodedError('SERVICE_ELSEWHERE', message, { details: { gateways: gateway } })
}
