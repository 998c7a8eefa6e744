import {
  type CborValue,
  decideVotes,
  encodeCbor,
  equalBytes,
  proposalDigest,
  voteChoices,
} from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { readAlliance } from '../ledger/modules/alliance-objects.ts'
import {
  type Act,
  checkFields,
  conflict,
  idOf,
  invalid,
  namePattern,
  notAllowed,
  type VotedAct,
  type VotedActs,
  type VotedKind,
} from '../ledger/modules/module.ts'
import {
  changeObject,
  readObject,
  type State,
  type StateObject,
  StateOverlay,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'
import { type Proposal, proposalKey, proposalOf, readActs, tallyOf } from './proposal-state.ts'
import { readRules } from './voting-rules.ts'

/** Proposals: acts that the members vote on, and that run when they pass. */

const reasonLengthMax = 4096
const actsMax = 8
const replaceType = 'application/vnd.openbsn.alliance-replace-key+cbor'

/** A member puts acts to the vote. What could not run now is refused with the reason of the act. */
export function propose(act: Act, state: State, voted: VotedActs): Refusal | undefined {
  const { payload, owner, time } = act
  const fields = { id: 'text', title: 'text', reason: 'longText', acts: 'list' } as const
  const wrong = checkFields(payload, { ...fields, deadline: 'number' })
  if (wrong) return wrong
  const [id, reason] = [String(payload.get('id')), String(payload.get('reason'))]
  if (!namePattern.test(id)) return invalid('id: 2 to 63 of a-z, 0-9 and -.')
  if (reason.length > reasonLengthMax)
    return invalid(`reason: up to ${reasonLengthMax} characters.`)
  if (state.get(proposalKey(id))) return conflict(`A proposal ${id} exists already.`)
  const { quorum, threshold, lockSeconds, ...bounds } = readRules(state)
  const deadline = Number(payload.get('deadline'))
  const [first, last] = [time + bounds.deadlineSecondsMin, time + bounds.deadlineSecondsMax]
  if (deadline < first || deadline > last) {
    return invalid(`deadline: from ${first} to ${last}, as the alliance's rules have it.`)
  }
  const list = payload.get('acts')
  const acts = Array.isArray(list) ? readActs(list) : undefined
  if (!acts || acts.length === 0 || acts.length > actsMax) {
    return invalid(`acts: 1 to ${actsMax} of [module, content type, payload].`)
  }
  const kinds = kindsOf(acts, state, voted)
  if ('code' in kinds) return kinds
  const subject = subjectOf(acts)
  const refusal =
    whyNoVote(acts, kinds, { subject, state }) ?? runAll(acts, new StateOverlay(state), voted)
  if (refusal) return refusal
  const isAlone = readAlliance(state).members.length === 1
  // Who is alone has nobody to warn.
  const lock = isAlone ? 0 : Math.max(...kinds.map((kind) => lockSeconds[kind]))
  writeObject(state, proposalKey(id), {
    proposer: idOf(owner),
    title: String(payload.get('title')),
    reason,
    acts: list ?? null,
    begun: time,
    deadline,
    quorum: [...quorum],
    threshold: [...threshold],
    lock,
    ...(subject === undefined ? {} : { subject }),
    status: 'open',
    votes: [],
  })
  return undefined
}

function kindsOf(
  acts: readonly VotedAct[],
  state: StateReader,
  voted: VotedActs,
): VotedKind[] | Refusal {
  const kinds: VotedKind[] = []
  for (const one of acts) {
    const kind = voted.kindOf(one, state)
    if (typeof kind !== 'string') return kind
    kinds.push(kind)
  }
  return kinds
}

/** The member whose keys the acts replace. */
function subjectOf(acts: readonly VotedAct[]): string | undefined {
  const replace = acts.find(({ contentType }) => contentType === replaceType)
  return replace && String(replace.payload.get('id'))
}

function whyNoVote(
  acts: readonly VotedAct[],
  kinds: readonly VotedKind[],
  { subject, state }: { readonly subject: string | undefined; readonly state: StateReader },
): Refusal | undefined {
  // With another act beside it, the others could vote on that without the member.
  if (subject !== undefined && acts.length > 1) return invalid('acts: new keys come alone.')
  if (subject !== undefined && readAlliance(state).members.length < 3) {
    return conflict('Two other members decide on new keys: there are too few.')
  }
  // The key bundle has one set of validators for each entry.
  if (kinds.filter((kind) => kind === 'validators').length > 1) {
    return invalid('acts: one change of the validators.')
  }
  return undefined
}

/** Runs acts one after the other, up to the first that is refused. */
function runAll(acts: readonly VotedAct[], state: State, voted: VotedActs): Refusal | undefined {
  for (const one of acts) {
    const refusal = voted.run(one, state)
    if (refusal) return { ...refusal, detail: `${one.contentType}: ${refusal.detail}` }
  }
  return undefined
}

/** The proposal that an act names; of its fields, that one is checked. */
function proposalIn({ payload }: Act, state: State): StateObject | Refusal {
  const key = proposalKey(String(payload.get('id')))
  const object = readObject(state, key)
  return object ?? { code: 'OBJECT_NOT_FOUND', detail: `There is no ${key}.` }
}

const closed = (detail: string): Refusal => ({ code: 'PROPOSAL_CLOSED', detail })
const notDue = (detail: string): Refusal => ({ code: 'PROPOSAL_NOT_DUE', detail })

/** A member's vote. It may be signed long before it comes in, up to the deadline. */
export function vote(act: Act, state: State): Refusal | undefined {
  const { payload, owner, index, time, exp } = act
  const wrong = checkFields(payload, { id: 'text', choice: 'text', digest: 'bytes' })
  if (wrong) return wrong
  const choice = payload.get('choice') ?? null
  if (!(voteChoices as readonly CborValue[]).includes(choice)) {
    return invalid(`choice: ${voteChoices.join(', ')}.`)
  }
  const object = proposalIn(act, state)
  if (!(object instanceof Map)) return object
  const [id, member] = [String(payload.get('id')), idOf(owner)]
  const proposal = proposalOf(object)
  const { status, deadline, subject, votes } = proposal
  if (status !== 'open') return closed(`The proposal ${id} is ${status}.`)
  if (time >= deadline) return closed(`The time to vote on ${id} is over.`)
  if (exp > deadline) {
    const detail = `exp of a vote is at most the deadline of its proposal, ${deadline}.`
    return { code: 'EXPIRY_REQUIRED', detail }
  }
  const digest = payload.get('digest')
  if (!(digest instanceof Uint8Array) || !equalBytes(digest, proposalDigest({ id, ...proposal }))) {
    return conflict(`The vote is about another text than ${id} has: read the proposal again.`)
  }
  if (member === subject) return notAllowed('Who gets new keys does not vote with the old ones.')
  if (votes.some((one) => one.member === member)) {
    return { code: 'ALREADY_VOTED', detail: `${member} has voted on ${id}: a vote stays.` }
  }
  const cast = [...votes, { member, choice: choice as (typeof voteChoices)[number], index }]
  const list = cast.map((one): CborValue => [one.member, one.choice, one.index])
  const decision = decisionOf({ ...proposal, votes: cast }, state, { at: time, isOver: false })
  changeObject(state, proposalKey(id), object, { votes: list, ...decision })
  return undefined
}

/** What changes in a proposal when it is decided at a time; nothing while it is not. */
function decisionOf(
  proposal: Proposal,
  state: StateReader,
  { at, isOver }: { readonly at: number; readonly isOver: boolean },
): Record<string, CborValue> {
  const { tally, counted } = tallyOf(proposal, state)
  const status = decideVotes(tally, proposal, { isOver })
  if (!status) return {}
  const due = status === 'passed' ? { due: at + proposal.lockSeconds } : {}
  return { status, counted: [...counted], ...due }
}

/** Where a proposal stands when somebody wants to finish it: its time is over, or it has passed. */
function finishing(
  act: Act,
  state: State,
): { readonly object: StateObject; readonly decision: Record<string, CborValue> } | Refusal {
  const object = proposalIn(act, state)
  if (!(object instanceof Map)) return object
  const id = String(act.payload.get('id'))
  const proposal = proposalOf(object)
  const { status, deadline } = proposal
  if (status === 'passed') return { object, decision: {} }
  if (status !== 'open') return closed(`The proposal ${id} is ${status}.`)
  if (act.time < deadline) return notDue(`${id} can be voted on until ${deadline}.`)
  return { object, decision: decisionOf(proposal, state, { at: deadline, isOver: true }) }
}

/** Runs a proposal that has passed. It carries the acts, so that its entry shows what was done. */
export function execute(act: Act, state: State, voted: VotedActs): Refusal | undefined {
  const { payload, time, index } = act
  const wrong = checkFields(payload, { id: 'text', acts: 'list' })
  if (wrong) return wrong
  const found = finishing(act, state)
  if ('code' in found) return found
  const { object, decision } = found
  const [id, list] = [String(payload.get('id')), payload.get('acts') ?? null]
  const due = decision.due ?? object.get('due')
  if (typeof due !== 'number') return closed(`The proposal ${id} did not pass.`)
  if (time < due) return notDue(`The time lock of ${id} ends at ${due}.`)
  const wanted = object.get('acts') ?? null
  if (!equalBytes(encodeCbor(list), encodeCbor(wanted))) {
    return invalid(`acts: not those of the proposal ${id}.`)
  }
  const refusal = runAll(readActs(proposalOf(object).acts) ?? [], state, voted)
  if (refusal) return refusal
  const done = { ...decision, status: 'executed', executed: index }
  changeObject(state, proposalKey(id), object, done)
  return undefined
}

/** Ends what time has decided: who had not enough votes, or what cannot run any more. */
export function close(act: Act, state: State, voted: VotedActs): Refusal | undefined {
  const wrong = checkFields(act.payload, { id: 'text' })
  if (wrong) return wrong
  const found = finishing(act, state)
  if ('code' in found) return found
  const { object, decision } = found
  const id = String(act.payload.get('id'))
  if (decision.status !== undefined) {
    changeObject(state, proposalKey(id), object, decision)
    return undefined
  }
  const due = Number(object.get('due'))
  if (act.time < due) return notDue(`The time lock of ${id} ends at ${due}.`)
  const acts = readActs(proposalOf(object).acts) ?? []
  const refusal = runAll(acts, new StateOverlay(state), voted)
  if (!refusal) return conflict(`The proposal ${id} can be executed.`)
  changeObject(state, proposalKey(id), object, { status: 'failed', outcome: refusal.code })
  return undefined
}
