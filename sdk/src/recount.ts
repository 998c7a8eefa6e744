import { equalBytes } from './bytes.ts'
import type { CborMap, CborValue } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import { isCodedError } from './errors.ts'
import { parseStatement } from './statement.ts'
import {
  countVotes,
  decideVotes,
  proposalDigest,
  type Share,
  type Tally,
  type VoteChoice,
  type Voter,
  voteChoices,
} from './tally.ts'

/** What a vote says; its signature and its place are for receipts to prove. */
export type Vote = {
  readonly proposal: string
  readonly member: string
  readonly choice: VoteChoice
  /** `proposalDigest` of the text that it is about. */
  readonly digest: Uint8Array
}

const voteType = 'application/vnd.openbsn.alliance-vote+cbor'

/** The vote in a statement; undefined where it is none. */
export function readVote(statement: Uint8Array): Vote | undefined {
  try {
    const { claims, contentType, payload } = parseStatement(statement)
    if (claims.sub !== 'bsn:alliance' || contentType !== voteType) return undefined
    const map = decodeCbor(payload)
    if (!(map instanceof Map)) return undefined
    const [proposal, digest, choice] = [map.get('id'), map.get('digest'), map.get('choice')]
    const said = voteChoices.find((one) => one === choice)
    if (typeof proposal !== 'string' || !(digest instanceof Uint8Array) || !said) return undefined
    return { proposal, member: claims.iss, choice: said, digest }
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}

/** What votes come to when somebody else adds them up. */
export type Recount = {
  readonly tally: Tally
  /** By the votes alone; undefined where they decide nothing yet. */
  readonly decision: 'passed' | 'rejected' | undefined
  /** What does not fit: the object says something that the votes do not. */
  readonly wrong: string | undefined
}

/**
 * Adds up the votes of a proposal as the state has it (its object, for which `Client.state` has the
 * proof), from the statements of the votes. `powers` are those of the members now: they count while
 * it is open; later those count that it was decided with.
 */
export function recountProposal(
  id: string,
  object: CborMap,
  {
    votes,
    powers,
  }: { readonly votes: readonly Vote[]; readonly powers: ReadonlyMap<string, number> },
): Recount {
  const counted = rows(object.get('counted')).map(([member, power]) => [
    String(member),
    Number(power),
  ])
  const by = new Map(votes.map((one) => [one.member, one]))
  const voters = (counted.length > 0 ? counted : [...powers]).map(
    ([member, power]): Voter => ({
      id: String(member),
      power: Number(power),
      choice: by.get(String(member))?.choice,
    }),
  )
  const subject = object.get('subject')
  const tally = countVotes(voters, typeof subject === 'string' ? { subject } : {})
  const rules = { quorum: share(object, 'quorum'), threshold: share(object, 'threshold') }
  const status = object.get('status')
  const early = decideVotes(tally, rules, { isOver: false })
  const decision =
    early ?? (status === 'open' ? undefined : decideVotes(tally, rules, { isOver: true }))
  const wrong = wrongVotes(id, object, votes) ?? wrongStatus(status, decision)
  return { tally, decision, wrong }
}

function wrongVotes(id: string, object: CborMap, votes: readonly Vote[]): string | undefined {
  const [title, reason] = [String(object.get('title')), String(object.get('reason'))]
  const text = { id, title, reason, acts: list(object.get('acts')) }
  const digest = proposalDigest({ ...text, deadline: Number(object.get('deadline')) })
  const stored = rows(object.get('votes'))
  if (stored.length !== votes.length) return `it has ${stored.length} votes, not ${votes.length}`
  for (const [i, [member, choice]] of stored.entries()) {
    const vote = votes[i]
    if (vote?.proposal !== id || vote.member !== member || vote.choice !== choice) {
      return `the vote of ${member} is another one`
    }
    if (!equalBytes(vote.digest, digest)) return `the vote of ${member} is about another text`
  }
  return undefined
}

function wrongStatus(status: CborValue | undefined, decision: Recount['decision']) {
  const said = status === 'open' ? undefined : status === 'rejected' ? 'rejected' : 'passed'
  return said === decision ? undefined : `it is ${status}, and the votes say ${decision ?? 'open'}`
}

const list = (value: CborValue | undefined) => (Array.isArray(value) ? value : [])
const rows = (value: CborValue | undefined) => list(value).map(list)

function share(object: CborMap, name: string): Share {
  const [part, whole] = list(object.get(name))
  return [Number(part), Number(whole)]
}
