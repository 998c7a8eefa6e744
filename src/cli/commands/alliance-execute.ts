import { controlAct, isCodedError } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { submitControl } from '../control.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { connectAsVoter, memberOption } from '../member-file.ts'
import { textOfProposal } from '../proposal-file.ts'

export const command: Command = {
  description:
    'City nodes do it by themselves some seconds after the time lock is over; this does it at ' +
    'once. All acts of the proposal run in one block, or none does and the act is refused with ' +
    'the reason.',
  examples: ['bsn alliance execute admit-bob', 'bsn alliance execute admit-bob --as bob.member'],
  operands: [{ name: 'ID', summary: 'Which proposal', required: true }],
  options: {
    ...memberOption,
    'dry-run': { type: 'boolean', summary: 'Show where it stands, send nothing' },
    ...connectionOptions,
  },
  output: object({
    proposal: text,
    ledger: text,
    'status?': text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run: async (args, { out, clock }) => {
    const id = args.operand(0)
    const { client, ledger, member } = await connectAsVoter(args)
    const found = await client.proposal(id)
    const { acts } = textOfProposal(found)
    if (args.has('dry-run')) {
      const { status } = found
      const said = `would execute ${id}, which is ${status}: acts ${acts.length}`
      out.answer({ proposal: id, ledger, status, dryRun: true }, said)
      return undefined
    }
    const act = controlAct('alliance-execute', { id, acts })
    const sent = submitControl(act, { client, ledger, member, clock })
    const place = await sent.catch(async (error: unknown) => {
      // Somebody else was sooner: what was wanted has happened.
      const index = isClosed(error) ? (await client.proposal(id)).executed : undefined
      if (index === undefined) throw error
      return { index }
    })
    out.answer({ proposal: id, ledger, ...place }, `${id} is executed (entry ${place.index})`)
    return undefined
  },
}

const isClosed = (error: unknown) => isCodedError(error) && error.code === 'PROPOSAL_CLOSED'
