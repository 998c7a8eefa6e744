import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { fail } from '../fail.ts'
import { requireWritable } from '../files.ts'
import { anything } from '../json-schema.ts'
import { fields } from '../output.ts'
import { writeProposalFile } from '../proposal-file.ts'
import { proposalLines } from '../proposal-lines.ts'
import { verifyTally } from '../verify-tally.ts'

export const command: Command = {
  description:
    'Without an ID: the members and the rules of their votes. With one: the proposal, its votes, ' +
    'and what it would change if it were executed now. --verify adds the votes up here, from ' +
    'proofs of the state and a receipt of each vote, and ends with 9 where that comes to ' +
    'something else. --out writes what `bsn alliance vote --offline` needs.',
  examples: [
    'bsn alliance show',
    'bsn alliance show admit-bob --verify',
    'bsn alliance show admit-bob --out p.json',
  ],
  operands: [{ name: 'ID', summary: 'Which proposal', required: false }],
  options: {
    verify: { type: 'boolean', summary: 'Add the votes up here, with proof' },
    out: { type: 'string', value: 'FILE', summary: 'Write the proposal there' },
    force: { type: 'boolean', summary: 'Replace the file of --out where it exists' },
    ...connectionOptions,
  },
  output: { type: 'object', properties: { version: anything }, required: ['version'] },
  run: async (args, { out: output }) => {
    const [id] = args.operands
    const [file, force] = [args.optional('out'), args.has('force')]
    const { client, ledger } = await connect(args)
    if (id === undefined) {
      if (file !== undefined || args.has('verify')) {
        throw fail('CLI_OPERAND_MISSING', '--out and --verify need the ID of a proposal.')
      }
      const alliance = await client.alliance()
      const shown = Object.entries(alliance).map(([name, value]) => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : value,
      ])
      output.answer(alliance, fields(Object.fromEntries(shown)))
      return undefined
    }
    if (file !== undefined) await requireWritable(file, { force })
    const proposal = await client.proposal(id)
    if (file !== undefined) await writeProposalFile(file, { ledger, proposal }, { force })
    if (!args.has('verify')) {
      output.answer(proposal, proposalLines(proposal))
      return undefined
    }
    const { decision = 'open' } = await verifyTally(client, ledger, id)
    const verified = { ...proposal, verified: true, decision }
    output.answer(verified, `${proposalLines(proposal)}\nverified: the votes say ${decision}`)
    return undefined
  },
}
