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
}

/** What an accepted act does to the state. @throws NOT_ALLOWED where it should have been refused */
export type Effect = (act: Act, state: StateTrie) => void

/** The acts of one module, by the name in their content type. */
export type Effects = Readonly<Record<string, Effect>>
