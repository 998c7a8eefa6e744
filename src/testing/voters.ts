import {
  type CborValue,
  encodeCbor,
  proposalDigest,
  type Signer,
  type VoteChoice,
} from '@openbsn/sdk'
import { readProposal } from '../alliance/proposal-state.ts'
import { assert } from '../kernel/assert.ts'
import { type ActInput, keyOf, type LedgerWorld, resultOf } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

const hour = 3600

/** An act as a proposal carries it; `sub` is the alliance where it is not given. */
export function carried(
  act: string,
  payload: Record<string, CborValue>,
  sub = 'bsn:alliance',
): CborValue {
  const bytes = encodeCbor(new Map(Object.entries(payload)))
  return [sub, `application/vnd.openbsn.${act}+cbor`, bytes]
}

/** Signs as a member whose key has the member's name; `admin` signs with `member`. */
export const by = (id: string): ActInput => ({
  iss: id,
  signer: namedSigner(id === 'admin' ? 'member' : id),
})

/** A ledger that members act on, and the clock that they move. */
export type VotersWorld = Pick<LedgerWorld, 'ledger' | 'act' | 'submitOne'> & {
  readonly clock: { now: number }
}

/** What members of a `LedgerWorld` do together. Each says what became of its statement. */
export class Voters {
  readonly #world: VotersWorld
  /** What was sent last. */
  statement = new Uint8Array()
  readonly #signers: Readonly<Record<string, Signer>>

  /** Members sign with the keys of `signers`, and of `by` where those have none. */
  constructor(world: VotersWorld, signers: Readonly<Record<string, Signer>> = {}) {
    this.#world = world
    this.#signers = signers
  }

  #by(id: string): ActInput {
    const signer = this.#signers[id]
    return signer ? { iss: id, signer } : by(id)
  }

  async #send(type: string, payload: Record<string, CborValue>, how: ActInput) {
    const { clock, ledger } = this.#world
    // Block time never goes back: what is sent later is not before it.
    clock.now = Math.max(clock.now, ledger.head.time)
    this.statement = Uint8Array.from(await this.#world.act(type, payload, how))
    return resultOf(await this.#world.submitOne(this.statement))
  }

  /** Puts acts to the vote for an hour, where no deadline is given. */
  propose(
    id: string,
    acts: readonly CborValue[],
    { from = 'admin', deadline = this.#world.clock.now + hour + 60 } = {},
  ) {
    const text = { id, title: `About ${id}`, reason: 'It is time.', acts: [...acts], deadline }
    return this.#send('alliance-propose', text, this.#by(from))
  }

  /** A vote on the proposal as the state has it. */
  vote(id: string, from: string, choice: VoteChoice | string = 'yes', how: ActInput = {}) {
    const proposal = readProposal(this.#world.ledger, id)
    const digest = proposal ? proposalDigest({ id, ...proposal }) : new Uint8Array(32)
    return this.#send('alliance-vote', { id, choice, digest }, { ...this.#by(from), ...how })
  }

  execute(id: string, from = 'admin') {
    const acts = [...(readProposal(this.#world.ledger, id)?.acts ?? [])]
    return this.#send('alliance-execute', { id, acts }, this.#by(from))
  }

  close(id: string, from = 'admin') {
    return this.#send('alliance-close', { id }, this.#by(from))
  }

  /** Passes acts with the votes of these members, waits for the lock, and executes. */
  async decide(id: string, acts: readonly CborValue[], yes: readonly string[]): Promise<void> {
    const [first = 'admin'] = yes
    const said = await this.propose(id, acts, { from: first })
    assert(said === 'appended', `propose ${id}: ${said}`)
    for (const member of yes) {
      if (readProposal(this.#world.ledger, id)?.status !== 'open') continue
      const voted = await this.vote(id, member)
      assert(voted === 'appended', `vote ${id}: ${voted}`)
    }
    const due = readProposal(this.#world.ledger, id)?.due ?? 0
    this.#world.clock.now = Math.max(this.#world.clock.now, due)
    const done = await this.execute(id, first)
    assert(done === 'appended', `execute ${id}: ${done}`)
  }

  /** Makes members by the alliance's own rules; who votes says yes to all that come later. */
  async admit(...ids: readonly string[]): Promise<void> {
    const voters = ['admin']
    for (const id of ids) {
      const act = carried('alliance-admit', { id, name: id, power: 1, key: keyOf(id) })
      await this.decide(`admit-${id}`, [act], voters)
      voters.push(id)
    }
  }
}
