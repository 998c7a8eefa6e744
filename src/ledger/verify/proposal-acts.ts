import { CodedError } from '@openbsn/sdk'
import type { Act, CarriedAct, VotedEffects } from './act.ts'
import { decode, encode, type Item, type ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { sha256 } from './hashes.ts'
import { membersIn } from './member-acts.ts'
import { lockIn, ruleIn } from './rules-acts.ts'
import { StateTrie } from './state-trie.ts'

const proposalName = /^[a-z0-9][a-z0-9-]{1,62}$/
const replaceKeyType = 'application/vnd.openbsn.alliance-replace-key+cbor'

export function propose(act: Act, state: StateTrie, voted: VotedEffects): void {
  const { payload, owner, time } = act
  if (!owner.startsWith('member/')) f.refuse('only a member proposes')
  const texts = { id: 'text', title: 'text', reason: 'longText' } as const
  f.requireFields(payload, { ...texts, acts: 'list', deadline: 'number' })
  const [id, reason] = [f.text(payload, 'id'), f.text(payload, 'reason')]
  if (!proposalName.test(id)) f.refuse(`${id} is no name of a proposal`)
  if (reason.length > 4096) f.refuse('the reason is too long')
  if (state.get(`proposal/${id}`)) f.refuse(`the proposal ${id} existed already`)
  const alliance = f.existing(state, 'alliance')
  const deadline = Number(payload.get('deadline'))
  const ahead = deadline - time
  const isInTime =
    ahead >= Number(ruleIn(alliance, 'deadlineMin')) &&
    ahead <= Number(ruleIn(alliance, 'deadlineMax'))
  if (!isInTime) f.refuse('its deadline is out of bounds')
  const acts = carriedIn(f.list(payload, 'acts'))
  if (acts.length < 1 || acts.length > 8) f.refuse('it carries no act, or too many')
  const kinds = acts.map((one) => voted.kindOf(one))
  const members = membersIn(state)
  const subject = subjectIn(acts, members.length)
  if (kinds.filter((kind) => kind === 'validators').length > 1) f.refuse('two sets of validators')
  const trial = new TrialTrie(state)
  for (const one of acts) voted.run(one, trial)
  const lock = members.length === 1 ? 0 : Math.max(...kinds.map((kind) => lockIn(alliance, kind)))
  const proposal: ItemMap = new Map<string, Item>([
    ['proposer', owner.replace('member/', '')],
    ['title', f.text(payload, 'title')],
    ['reason', reason],
    ['acts', f.list(payload, 'acts')],
    ['begun', time],
    ['deadline', deadline],
    ['quorum', ruleIn(alliance, 'quorum')],
    ['threshold', ruleIn(alliance, 'threshold')],
    ['lock', lock],
    ['status', 'open'],
    ['votes', []],
  ])
  if (subject !== undefined) proposal.set('subject', subject)
  f.writeObject(state, `proposal/${id}`, proposal)
}

function carriedIn(list: readonly Item[]): CarriedAct[] {
  return list.map((one) => {
    const [module, contentType, bytes, ...rest] = Array.isArray(one) ? one : []
    if (typeof module !== 'string' || typeof contentType !== 'string' || rest.length > 0) {
      return f.refuse('an act is [module, content type, payload]')
    }
    const payload = Buffer.isBuffer(bytes) ? decode(bytes) : null
    if (!(payload instanceof Map)) return f.refuse('the payload of an act is a map')
    return { module, contentType, payload }
  })
}

function subjectIn(acts: readonly CarriedAct[], members: number): Item | undefined {
  const replace = acts.find(({ contentType }) => contentType === replaceKeyType)
  if (!replace) return undefined
  if (acts.length > 1) f.refuse('new keys come alone')
  if (members < 3) f.refuse('too few others decide on new keys')
  return replace.payload.get('id')
}

export function vote({ payload, owner, index, time, exp }: Act, state: StateTrie): void {
  if (!owner.startsWith('member/')) f.refuse('only a member votes')
  f.requireFields(payload, { id: 'text', choice: 'text', digest: 'bytes' })
  const id = f.text(payload, 'id')
  const choice = f.text(payload, 'choice')
  if (!['yes', 'no', 'abstain'].includes(choice)) f.refuse(`${choice} is no vote`)
  const proposal = f.existing(state, `proposal/${id}`)
  const deadline = Number(proposal.get('deadline'))
  if (proposal.get('status') !== 'open' || time >= deadline) f.refuse(`${id} was closed`)
  if (exp > deadline) f.refuse('the vote expires after the deadline')
  if (!digestOf(id, proposal).equals(f.bytes(payload, 'digest'))) f.refuse('it is of another text')
  const member = owner.replace('member/', '')
  if (member === proposal.get('subject')) f.refuse('who gets new keys does not vote')
  const votes = f.list(proposal, 'votes')
  if (votes.some((one) => Array.isArray(one) && one[0] === member)) f.refuse('a vote twice')
  proposal.set('votes', [...votes, [member, choice, index]])
  decide(proposal, state, undefined, time)
  f.writeObject(state, `proposal/${id}`, proposal)
}

function digestOf(id: string, proposal: ItemMap): Buffer {
  const [title, reason, acts, deadline] = ['title', 'reason', 'acts', 'deadline'].map(
    (name) => proposal.get(name) ?? null,
  )
  return sha256(encode([id, title ?? null, reason ?? null, acts ?? null, deadline ?? null]))
}

type Sums = { yes: number; no: number; abstain: number; open: number; all: number }

/** Writes into a proposal what its votes come to; `end` is the deadline where it is over. */
function decide(proposal: ItemMap, state: StateTrie, end: number | undefined, time: number): void {
  const subject = proposal.get('subject')
  const votes = new Map(f.list(proposal, 'votes').map(memberAndChoice))
  const sums: Sums = { yes: 0, no: 0, abstain: 0, open: 0, all: 0 }
  const [said, left] = [new Set<string>(), new Set<string>()]
  const members = membersIn(state)
  const counted = members.map((id): Item => {
    const power = Number(f.existing(state, `member/${id}`).get('power') ?? 1)
    const choice = votes.get(id) ?? null
    sums.all += power
    if (id === subject) sums.no += power
    else if (choice === 'yes' || choice === 'no' || choice === 'abstain') sums[choice] += power
    else sums.open += power
    if (choice === 'yes' && id !== subject) said.add(id)
    if (choice === null && id !== subject) left.add(id)
    return [id, power, choice]
  })
  const needed = members.length === 1 ? 1 : 2
  const isEnough = (yes: number, no: number, cast: number, voters: number) => {
    const [quorum, threshold] = [share(proposal, 'quorum'), share(proposal, 'threshold')]
    const isQuorum = cast * quorum.whole >= sums.all * quorum.part
    return isQuorum && yes * threshold.whole >= (yes + no) * threshold.part && voters >= needed
  }
  const { yes, no, abstain, open } = sums
  const cast = yes + no + abstain
  const holdsNow = isEnough(yes, no, cast, said.size)
  const holdsAnyway = holdsNow && isEnough(yes, no + open, cast + open, said.size)
  const canHold = isEnough(yes + open, no, cast + open, said.size + left.size)
  const passed = end === undefined ? holdsAnyway : holdsNow
  const rejected = end === undefined ? !holdsAnyway && !canHold : !holdsNow
  if (!passed && !rejected) return
  proposal.set('status', passed ? 'passed' : 'rejected').set('counted', counted)
  if (passed) proposal.set('due', (end ?? time) + Number(proposal.get('lock')))
}

function memberAndChoice(vote: Item): [Item, Item] {
  const [member = null, choice = null] = Array.isArray(vote) ? vote : []
  return [member, choice]
}

function share(proposal: ItemMap, name: string): { part: number; whole: number } {
  const [part, whole] = f.list(proposal, name)
  return { part: Number(part), whole: Number(whole) }
}

/** The proposal that is to be finished; what time has decided of it is written into it. */
function finished({ payload, time }: Act, state: StateTrie): { proposal: ItemMap; isNew: boolean } {
  const proposal = f.existing(state, `proposal/${f.text(payload, 'id')}`)
  const status = proposal.get('status')
  if (status === 'passed') return { proposal, isNew: false }
  const deadline = Number(proposal.get('deadline'))
  if (status !== 'open' || time < deadline) f.refuse('it is closed, or still voted on')
  decide(proposal, state, deadline, time)
  return { proposal, isNew: true }
}

export function execute(act: Act, state: StateTrie, voted: VotedEffects): void {
  f.requireFields(act.payload, { id: 'text', acts: 'list' })
  const { proposal } = finished(act, state)
  if (proposal.get('status') !== 'passed') f.refuse('it did not pass')
  if (act.time < Number(proposal.get('due'))) f.refuse('its time lock was not over')
  const acts = f.list(proposal, 'acts')
  if (!encode(acts).equals(encode(f.list(act.payload, 'acts')))) f.refuse('it has other acts')
  for (const one of carriedIn(acts)) voted.run(one, state)
  proposal.set('status', 'executed').set('executed', act.index)
  f.writeObject(state, `proposal/${f.text(act.payload, 'id')}`, proposal)
}

export function close(act: Act, state: StateTrie, voted: VotedEffects): void {
  f.requireFields(act.payload, { id: 'text' })
  const { proposal, isNew } = finished(act, state)
  if (!isNew) {
    if (act.time < Number(proposal.get('due'))) f.refuse('its time lock was not over')
    proposal.set('status', 'failed').set('outcome', outcomeOf(proposal, state, voted))
  }
  f.writeObject(state, `proposal/${f.text(act.payload, 'id')}`, proposal)
}

/** The code of the refusal that the acts of a proposal end with. */
function outcomeOf(proposal: ItemMap, state: StateTrie, voted: VotedEffects): string {
  try {
    const trial = new TrialTrie(state)
    for (const one of carriedIn(f.list(proposal, 'acts'))) voted.run(one, trial)
  } catch (error) {
    if (error instanceof CodedError) return String(error.details.refusal ?? error.code)
    throw error
  }
  return f.refuse('it could be executed')
}

/** Takes what is tried, over a state that stays as it is. */
class TrialTrie extends StateTrie {
  readonly #base: StateTrie

  constructor(base: StateTrie) {
    super()
    this.#base = base
  }

  override get(key: string): Buffer | undefined {
    return super.get(key) ?? this.#base.get(key)
  }
}
