import { parseStatement, readVote } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { submitSigned } from '../control.ts'
import { fail } from '../fail.ts'
import { readBytes } from '../files.ts'
import { object, text, whole } from '../json-schema.ts'

export const command: Command = {
  description:
    'Done by anybody: who signed it decides what it counts for. Sending it again changes nothing.',
  examples: ['bsn alliance send vote.cose'],
  operands: [{ name: 'FILE', summary: 'What `bsn alliance vote --offline` wrote', required: true }],
  options: connectionOptions,
  output: object({ proposal: text, member: text, choice: text, index: whole, height: whole }),
  run: async (args, { out }) => {
    const file = args.operand(0)
    const statement = await readBytes(file)
    const vote = readVote(statement)
    const cti = vote && parseStatement(statement).claims.cti
    if (!vote || !cti) throw fail('FILE_UNUSABLE', `${file} holds no vote.`)
    const { client } = await connect(args)
    const place = await submitSigned(statement, { client, cti })
    const { proposal, member, choice } = vote
    const said = `${member} says ${choice} to ${proposal} (entry ${place.index})`
    out.answer({ proposal, member, choice, ...place }, said)
    return undefined
  },
}
