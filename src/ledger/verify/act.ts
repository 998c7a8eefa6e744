import type { ItemMap } from './cbor.ts'
import type { StateTrie } from './state-trie.ts'

/** A control statement in the replay. */
export type Act = {
  readonly payload: ItemMap
  /** Owner of the key that signed, such as `member/admin`. */
  readonly owner: string
  /** That key, in hex. */
  readonly kid: string
  readonly height: number
  readonly index: number
  readonly time: number
  /** Seconds since 1970. */
  readonly exp: number
}

/** What an accepted act does to the state. @throws NOT_ALLOWED where it should have been refused */
export type Effect = (act: Act, state: StateTrie, voted: VotedEffects) => void

/** An act that a proposal carries. */
export type CarriedAct = {
  readonly module: string
  readonly contentType: string
  readonly payload: ItemMap
}

/** Acts that votes decide, of all modules. */
export interface VotedEffects {
  /** Which time lock the act has. @throws NOT_ALLOWED where no vote decides it */
  kindOf(carried: CarriedAct): string
  /** @throws NOT_ALLOWED, with the code of the refusal in its details */
  run(carried: CarriedAct, state: StateTrie): void
}

/** What votes decide in one module, by the name in the content type. */
export type Voted = Readonly<Record<string, { readonly kind: string; readonly effect: Effect }>>

/** The acts of one module, by the name in their content type. */
export type Effects = Readonly<Record<string, Effect>>
