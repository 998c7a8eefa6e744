import { type CborValue, fromBase64url, type ProposalObject, type ProposalText } from '@openbsn/sdk'
import { readPayload } from '../explore/decoded-entry.ts'

/** The text of a proposal, as votes are about it. */
export function votedText({
  id,
  title,
  reason,
  acts,
  deadline,
}: Pick<ProposalObject, 'id' | 'title' | 'reason' | 'acts' | 'deadline'>): ProposalText {
  const carried = acts.map((act): CborValue => [act.module, act.contentType, bytesOf(act.payload)])
  return { id, title, reason, acts: carried, deadline }
}

/** An act of a proposal, read from its own bytes. */
export type ReadAct = {
  readonly module: string
  /** Such as `alliance-admit`; undefined for what is none of ours. */
  readonly act: string | undefined
  readonly fields: unknown
}

/** What the acts of a text are. */
export function readActs({ acts }: Pick<ProposalText, 'acts'>): readonly ReadAct[] {
  return acts.map((one) => {
    const [module, contentType, payload] = Array.isArray(one) ? one : []
    const bytes = payload instanceof Uint8Array ? payload : new Uint8Array()
    return {
      module: String(module),
      act: /openbsn\.([a-z-]+)\+cbor$/.exec(String(contentType))?.[1],
      fields: readPayload(bytes, String(contentType)).fields,
    }
  })
}

const bytesOf = (text: string) => fromBase64url(text) ?? new Uint8Array()
