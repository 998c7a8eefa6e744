/** The rules of votes in plain maps, by trying out what votes may still come. */

export type Said = 'yes' | 'no' | 'abstain'
export type Share = readonly [number, number]

export type ModelMember = { power: number; generation: number; gone: boolean; version: number }

/** What a proposal does. */
export type Deed =
  | { readonly does: 'admit'; readonly id: string; readonly power: number }
  | { readonly does: 'remove'; readonly id: string; readonly expect: number }
  | { readonly does: 'power'; readonly id: string; readonly expect: number; readonly power: number }
  | { readonly does: 'replace'; readonly id: string; readonly expect: number }
  | { readonly does: 'stop' }
  | { readonly does: 'resume' }
  | { readonly does: 'rules'; readonly expect: number; readonly threshold: Share }

export type ModelProposal = {
  readonly deeds: readonly Deed[]
  readonly deadline: number
  readonly lock: number
  readonly quorum: Share
  readonly threshold: Share
  readonly subject: string | undefined
  readonly votes: Map<string, Said>
  status: 'open' | 'passed' | 'rejected' | 'executed' | 'failed'
  due: number | undefined
  outcome: string | undefined
}

const day = 86_400

/** Members, proposals and rules. Every method says what the ledger must answer. */
export class VotesModel {
  members = new Map<string, ModelMember>([['admin', newMember(1)]])
  alliance = { version: 1, stopped: false, threshold: [2, 3] as Share }
  readonly proposals = new Map<string, ModelProposal>()

  get present(): string[] {
    return [...this.members].filter(([, { gone }]) => !gone).map(([id]) => id)
  }

  /** Whether a key of a generation signs for a member. */
  keyWorks(id: string, generation: number): boolean {
    const member = this.members.get(id)
    return member !== undefined && !member.gone && member.generation === generation
  }

  /** The name of a member's key. */
  keyOf(id: string, generation = this.members.get(id)?.generation ?? 0): string {
    if (generation > 0) return `${id}.${generation}`
    return id === 'admin' ? 'member' : id
  }

  propose(
    id: string,
    deeds: readonly Deed[],
    { time, deadline }: { readonly time: number; readonly deadline: number },
  ): string {
    if (this.proposals.has(id)) return 'ACT_CONFLICT'
    if (deadline < time + 3600 || deadline > time + 30 * day) return 'ACT_INVALID'
    const replace = deeds.find(({ does }) => does === 'replace')
    if (replace && deeds.length > 1) return 'ACT_INVALID'
    if (replace && this.present.length < 3) return 'ACT_CONFLICT'
    const refusal = this.#copy().#run(deeds)
    if (refusal) return refusal
    const isSlow = deeds.some(({ does }) => does !== 'stop' && does !== 'resume')
    this.proposals.set(id, {
      deeds,
      deadline,
      lock: isSlow && this.present.length > 1 ? day : 0,
      quorum: [1, 2],
      threshold: this.alliance.threshold,
      subject: replace && 'id' in replace ? replace.id : undefined,
      votes: new Map(),
      status: 'open',
      due: undefined,
      outcome: undefined,
    })
    return 'appended'
  }

  vote(
    id: string,
    member: string,
    said: Said,
    { time, exp }: { readonly time: number; readonly exp: number },
  ): string {
    const proposal = this.proposals.get(id)
    if (!proposal) return 'OBJECT_NOT_FOUND'
    if (proposal.status !== 'open' || time >= proposal.deadline) return 'PROPOSAL_CLOSED'
    if (exp > proposal.deadline) return 'EXPIRY_REQUIRED'
    if (proposal.subject === member) return 'NOT_ALLOWED'
    if (proposal.votes.has(member)) return 'ALREADY_VOTED'
    proposal.votes.set(member, said)
    const ends = new Set(this.#endings(proposal))
    if (ends.size === 1) this.#decide(proposal, ends.has(true), time)
    return 'appended'
  }

  execute(id: string, time: number): string {
    const proposal = this.proposals.get(id)
    if (!proposal) return 'OBJECT_NOT_FOUND'
    const late = this.#late(proposal, time)
    if (late) return late
    const passes = proposal.status === 'passed' || this.#passes(proposal, proposal.votes)
    if (!passes) return 'PROPOSAL_CLOSED'
    const due = proposal.due ?? proposal.deadline + proposal.lock
    if (time < due) return 'PROPOSAL_NOT_DUE'
    const refusal = this.#copy().#run(proposal.deeds)
    if (refusal) return refusal
    this.#run(proposal.deeds)
    Object.assign(proposal, { status: 'executed', due })
    return 'appended'
  }

  close(id: string, time: number): string {
    const proposal = this.proposals.get(id)
    if (!proposal) return 'OBJECT_NOT_FOUND'
    const late = this.#late(proposal, time)
    if (late) return late
    if (proposal.status === 'open') {
      this.#decide(proposal, this.#passes(proposal, proposal.votes), proposal.deadline)
      return 'appended'
    }
    if (time < (proposal.due ?? 0)) return 'PROPOSAL_NOT_DUE'
    const refusal = this.#copy().#run(proposal.deeds)
    if (!refusal) return 'ACT_CONFLICT'
    Object.assign(proposal, { status: 'failed', outcome: refusal })
    return 'appended'
  }

  #late({ status, deadline }: ModelProposal, time: number): string | undefined {
    if (status === 'passed') return undefined
    if (status !== 'open') return 'PROPOSAL_CLOSED'
    return time < deadline ? 'PROPOSAL_NOT_DUE' : undefined
  }

  #decide(proposal: ModelProposal, passes: boolean, at: number): void {
    proposal.status = passes ? 'passed' : 'rejected'
    proposal.due = passes ? at + proposal.lock : undefined
  }

  /** What becomes of it with these votes and no others. */
  #passes(proposal: ModelProposal, votes: ReadonlyMap<string, Said>): boolean {
    const powerOf = (said: (one: Said | undefined) => boolean) =>
      this.present
        .filter((id) => said(id === proposal.subject ? 'no' : votes.get(id)))
        .reduce((sum, id) => sum + (this.members.get(id)?.power ?? 0), 0)
    const all = powerOf(() => true)
    const yes = powerOf((one) => one === 'yes')
    const no = powerOf((one) => one === 'no')
    const cast = powerOf((one) => one !== undefined)
    const who = this.present.filter((id) => id !== proposal.subject && votes.get(id) === 'yes')
    const isQuorum = cast * proposal.quorum[1] >= all * proposal.quorum[0]
    const isYes = yes * proposal.threshold[1] >= (yes + no) * proposal.threshold[0]
    return isQuorum && isYes && who.length >= (this.present.length === 1 ? 1 : 2)
  }

  /** What may still become of it, over all that those who have not voted could do. */
  *#endings(proposal: ModelProposal): Generator<boolean> {
    const left = this.present.filter((id) => id !== proposal.subject && !proposal.votes.has(id))
    for (let code = 0; code < 4 ** left.length; code++) {
      const votes = new Map(proposal.votes)
      left.forEach((id, i) => {
        const said = ([undefined, 'yes', 'no', 'abstain'] as const)[Math.floor(code / 4 ** i) % 4]
        if (said) votes.set(id, said)
      })
      yield this.#passes(proposal, votes)
    }
  }

  #copy(): VotesModel {
    const copy = new VotesModel()
    copy.members = new Map([...this.members].map(([id, member]) => [id, { ...member }]))
    copy.alliance = { ...this.alliance }
    return copy
  }

  #run(deeds: readonly Deed[]): string | undefined {
    for (const deed of deeds) {
      const refusal = this.#do(deed)
      if (refusal) return refusal
    }
    return undefined
  }

  #do(deed: Deed): string | undefined {
    if (deed.does === 'stop' || deed.does === 'resume') {
      const stopped = deed.does === 'stop'
      if (this.alliance.stopped === stopped) return 'ACT_CONFLICT'
      this.#alliance({ stopped })
      return undefined
    }
    if (deed.does === 'rules') {
      if (deed.expect !== this.alliance.version) return 'VERSION_STALE'
      this.#alliance({ threshold: deed.threshold })
      return undefined
    }
    return deed.does === 'admit' ? this.#admit(deed) : this.#change(deed)
  }

  #admit({ id, power }: Extract<Deed, { does: 'admit' }>): string | undefined {
    if (this.members.has(id)) return 'ACT_CONFLICT'
    this.members.set(id, newMember(power))
    this.#alliance({})
    return undefined
  }

  #change(deed: Extract<Deed, { does: 'remove' | 'power' | 'replace' }>): string | undefined {
    const member = this.members.get(deed.id)
    if (!member) return 'OBJECT_NOT_FOUND'
    if (member.version !== deed.expect) return 'VERSION_STALE'
    if (member.gone || (deed.does === 'remove' && this.present.length === 1)) return 'ACT_CONFLICT'
    member.version++
    if (deed.does === 'power') member.power = deed.power
    if (deed.does === 'replace') member.generation++
    if (deed.does === 'remove') {
      member.gone = true
      this.#alliance({})
    }
    return undefined
  }

  #alliance(changes: Partial<VotesModel['alliance']>): void {
    this.alliance = { ...this.alliance, ...changes, version: this.alliance.version + 1 }
  }
}

const newMember = (power: number): ModelMember => ({
  power,
  generation: 0,
  gone: false,
  version: 1,
})
