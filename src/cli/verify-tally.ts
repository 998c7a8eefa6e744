import {
  type CborMap,
  type Client,
  type Recount,
  readVote,
  recountProposal,
  type TrustedKeys,
  type Vote,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'
import { fail } from './fail.ts'
import { provenObject } from './proven-object.ts'

/**
 * Adds up a proposal's votes, and takes nothing on the gateway's word: what the state has of the
 * proposal and the members comes with proof, each vote with its receipt.
 * @throws TALLY_WRONG, RECEIPT_*, STATE_PROOF_*, KEY_BUNDLE_*, OBJECT_NOT_FOUND, GATEWAY_*
 */
export async function verifyTally(client: Client, ledger: string, id: string): Promise<Recount> {
  const keys = verifyKeyBundle(await client.keyBundle(), ledger)
  const proposal = await provenObject(client, keys, `proposal/${id}`)
  const votes: Vote[] = []
  for (const row of listOf(proposal.get('votes'))) {
    const index = Number(Array.isArray(row) ? row[2] : undefined)
    votes.push(await provenVote(client, keys, index))
  }
  const powers = new Map<string, number>()
  const alliance = await provenObject(client, keys, 'alliance')
  for (const member of listOf(alliance.get('members')).map(String)) {
    const object = await provenObject(client, keys, `member/${member}`)
    powers.set(member, Number(object.get('power') ?? 1))
  }
  return requireRight(id, recountProposal(id, proposal, { votes, powers }))
}

/** @throws TALLY_WRONG where votes and ledger say different things */
export function requireRight(id: string, recount: Recount): Recount {
  if (recount.wrong === undefined) return recount
  throw fail('TALLY_WRONG', `The proposal ${id} does not add up: ${recount.wrong}.`)
}

const listOf = (value: ReturnType<CborMap['get']>) => (Array.isArray(value) ? value : [])

async function provenVote(client: Client, keys: TrustedKeys, index: number): Promise<Vote> {
  const { statement } = await client.entry(index)
  const proven = verifyReceipts(statement, [await client.receipt(index)], keys)
  const vote = proven.index === index ? readVote(statement) : undefined
  if (vote) return vote
  throw fail('TALLY_WRONG', `Entry ${index} is no vote, and the proposal counts it.`)
}
