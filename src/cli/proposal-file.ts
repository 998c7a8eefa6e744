import {
  type CborValue,
  fromBase64url,
  type ProposalObject,
  type ProposalText,
  proposalDigest,
} from '@openbsn/sdk'
import type { JsonObject } from '../kernel/json.ts'
import { fail } from './fail.ts'
import { readBytes, writeWhole } from './files.ts'
import { expectText, objectOf, objectsOf, parsing, textOf } from './stored-json.ts'

/** What somebody needs who votes on a machine without a network. */
export type ProposalFile = {
  readonly ledger: string
  readonly text: ProposalText
  readonly digest: Uint8Array
}

const format = 'openbsn-proposal-1'

/** The text of a proposal that a gateway shows, as votes are about it. @throws FILE_UNUSABLE */
export function textOfProposal({
  id,
  title,
  reason,
  acts,
  deadline,
}: ProposalObject): ProposalText {
  const carried = acts.map(({ module, contentType, payload }): CborValue => {
    const bytes = fromBase64url(payload)
    if (bytes) return [module, contentType, bytes]
    throw fail('FILE_UNUSABLE', 'the payload of an act is no base64url.')
  })
  return { id, title, reason, acts: carried, deadline }
}

/** @throws FILE_EXISTS unless `force` */
export async function writeProposalFile(
  path: string,
  { ledger, proposal }: { readonly ledger: string; readonly proposal: ProposalObject },
  { force }: { readonly force: boolean },
): Promise<void> {
  const document = { format, ledger, proposal }
  await writeWhole(path, `${JSON.stringify(document, null, 2)}\n`, { force })
}

/** @throws PROPOSAL_FILE_INVALID, FILE_NOT_FOUND */
export async function readProposalFile(path: string): Promise<ProposalFile> {
  const bytes = await readBytes(path)
  return parsing('PROPOSAL_FILE_INVALID', path, new TextDecoder().decode(bytes), (document) => {
    expectText(document, 'format', format)
    const text = textOfProposal(proposalIn(objectOf(document, 'proposal')))
    return { ledger: textOf(document, 'ledger'), text, digest: proposalDigest(text) }
  })
}

/** What a vote is about; the rest of a proposal is not read from files. */
function proposalIn(document: JsonObject): ProposalObject {
  const [id, title, reason] = ['id', 'title', 'reason'].map((name) => textOf(document, name))
  const acts = objectsOf(document, 'acts').map((act) => ({
    module: textOf(act, 'module'),
    contentType: textOf(act, 'contentType'),
    payload: textOf(act, 'payload'),
  }))
  const { deadline } = document
  if (typeof deadline !== 'number') throw fail('FILE_UNUSABLE', 'the member "deadline" is wrong.')
  return { id, title, reason, acts, deadline } as unknown as ProposalObject
}
