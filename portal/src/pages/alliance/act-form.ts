import {
  type AllianceObject,
  type CborMap,
  type ControlAct,
  fromBase64url,
  type MemberObject,
  type NodeObject,
} from '@openbsn/sdk'
import type { Check } from '../../parts/form-checks.ts'
import { checkWhole } from '../../parts/form-checks.ts'
import { checkPublicKey } from './proposal-checks.ts'

/** The alliance as it is, which acts change and name the version of. */
export type AllianceNow = {
  readonly alliance: AllianceObject
  readonly members: readonly MemberObject[]
  readonly nodes: readonly NodeObject[]
  /** The state's objects of those names; `roots` is empty before there are any. */
  readonly validators: CborMap
  readonly roots: CborMap
  /** Any other object of the state. @throws what `Client.state` does */
  readonly read: (key: string) => Promise<CborMap | undefined>
}

export type Texts = Readonly<Record<string, string>>

/** A field of an act; its words are at `propose.fields`. */
export type ActField = {
  readonly name: string
  readonly check?: Check
  readonly initial?: string
  /** One of these, where it is not typed; with what it is called, where that is another text. */
  readonly options?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly isLong?: boolean
}

/** What can be put to the vote by a page. */
export type Proposable = {
  readonly fields: (now: AllianceNow) => readonly ActField[]
  /** Undefined where it would change nothing. */
  readonly act: (
    texts: Texts,
    now: AllianceNow,
  ) => ControlAct | undefined | Promise<ControlAct | undefined>
  /** Which member or object it is about: the second word of its title. */
  readonly target?: string
  /** Whether there is anything that it could be about; there is where this is not said. */
  readonly isOffered?: (now: AllianceNow) => boolean
}

export const powerField: ActField = {
  ...{ name: 'power', check: checkWhole({ least: 1, most: 1_000_000 }) },
}
export const keyField: ActField = { name: 'key', check: checkPublicKey }
export const keyOf = ({ key: text = '' }: Texts) => fromBase64url(text.trim()) ?? new Uint8Array()
export const textOf = (texts: Texts, name: string) => (texts[name] ?? '').trim()
