/** A block as it is proposed and decided. One object for all nodes: nobody changes it. */
export type SimBlock = {
  /** The hash in hex: it stands for everything else. */
  readonly id: string
  readonly hash: Uint8Array
  readonly height: number
  /** Seconds since 1970, by the proposer's clock. */
  readonly time: number
  /** What CometBFT would call its transactions. */
  readonly txs: readonly Uint8Array[]
}

export type Proposal = {
  readonly kind: 'proposal'
  readonly height: number
  readonly round: number
  readonly block: SimBlock
  /** The round in which more than two thirds voted for it before; -1 where none did. */
  readonly validRound: number
  /** Place of its proposer in the list of validators, as in votes. */
  readonly validator: number
}

export type Vote = {
  readonly kind: 'prevote' | 'precommit'
  readonly height: number
  readonly round: number
  /** For this block, or for none. */
  readonly id: string | null
  readonly validator: number
  /** A signed checkpoint, where a precommit is for a block. */
  readonly extension: Uint8Array
}

export type Message = Proposal | Vote

/** A block with the precommits that decided it. */
export type Decided = { readonly block: SimBlock; readonly commit: readonly Vote[] }

/** Whether so much of the power decides. The real rule is more than two thirds. */
export type Quorum = (power: number, total: number) => boolean

export const twoThirds: Quorum = (power, total) => power * 3 > total * 2

/**
 * The votes of one height. One for each validator, kind, round and block: whoever votes for two is
 * counted for both, so that all who have the same votes see the same quorums.
 */
export class VoteBook {
  readonly #powers: readonly number[]
  readonly #quorum: Quorum
  readonly #total: number
  readonly #votes = new Map<string, Map<string, Vote>>()

  constructor(powers: readonly number[], quorum: Quorum) {
    this.#powers = powers
    this.#quorum = quorum
    this.#total = powers.reduce((sum, one) => sum + one, 0)
  }

  has({ kind, round, validator, id }: Vote): boolean {
    return this.#votes.get(`${kind} ${round}`)?.has(`${validator} ${id}`) === true
  }

  add(vote: Vote): void {
    const place = `${vote.kind} ${vote.round}`
    const own = this.#votes.get(place) ?? new Map<string, Vote>()
    own.set(`${vote.validator} ${vote.id}`, vote)
    this.#votes.set(place, own)
  }

  all(): Vote[] {
    return [...this.#votes.values()].flatMap((own) => [...own.values()])
  }

  of(kind: Vote['kind'], round: number): Vote[] {
    return [...(this.#votes.get(`${kind} ${round}`)?.values() ?? [])]
  }

  /** What a quorum voted for: a block, `null` for none of them, undefined where there is none. */
  decision(kind: Vote['kind'], round: number): string | null | undefined {
    const powers = new Map<string | null, number>()
    for (const { id, validator } of this.of(kind, round)) {
      const power = (powers.get(id) ?? 0) + (this.#powers[validator] ?? 0)
      if (this.#quorum(power, this.#total)) return id
      powers.set(id, power)
    }
    return undefined
  }

  /** Whether a quorum voted, for whatever. */
  hasQuorum(kind: Vote['kind'], round: number): boolean {
    return this.#quorum(this.#powerOf(this.of(kind, round)), this.#total)
  }

  /** The latest round that more than a third of the power is in: one of them is honest. */
  roundOfOthers(after: number): number | undefined {
    const rounds = new Set(this.all().map(({ round }) => round))
    const later = [...rounds].filter((round) => round > after).sort((a, b) => b - a)
    return later.find((round) => {
      const votes = [...this.of('prevote', round), ...this.of('precommit', round)]
      return this.#powerOf(votes) * 3 > this.#total
    })
  }

  /** The round and block that a quorum of precommits decided. */
  decided(): { readonly round: number; readonly id: string } | undefined {
    for (const place of this.#votes.keys()) {
      const [kind, text] = place.split(' ')
      const round = Number(text)
      const id = kind === 'precommit' ? this.decision('precommit', round) : undefined
      if (typeof id === 'string') return { round, id }
    }
    return undefined
  }

  #powerOf(votes: readonly Vote[]): number {
    const validators = new Set(votes.map(({ validator }) => validator))
    return [...validators].reduce((sum, one) => sum + (this.#powers[one] ?? 0), 0)
  }
}
