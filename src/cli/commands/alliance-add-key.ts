import { controlAct } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { submitControl } from '../control.ts'
import { fail } from '../fail.ts'
import { object, text, whole } from '../json-schema.ts'
import { connectAsVoter, memberOption } from '../member-file.ts'
import { publicKeyOf } from '../public-key.ts'

export const command: Command = {
  description:
    'A spare key for a member, signed with one that it has: whichever is lost, the other one ' +
    'still votes. An alliance of two needs that, because there nobody can replace a lost key.',
  examples: ['bsn alliance add-key bob --key pQECAyYgASFYIH… --as bob.member'],
  operands: [{ name: 'ID', summary: 'Which member; you', required: true }],
  options: {
    key: { type: 'string', value: 'KEY', required: true, summary: 'Its other public key' },
    ...memberOption,
    ...connectionOptions,
  },
  output: object({ member: text, ledger: text, index: whole, height: whole }),
  run: async (args, { out, clock }) => {
    const id = args.operand(0)
    const key = publicKeyOf(args, { from: 'bsn alliance key' })
    const { client, ledger, member } = await connectAsVoter(args)
    if (member.id !== id) {
      throw fail('CLI_OPTION_INVALID', `${id}: these keys are of ${member.id}; use --as FILE.`)
    }
    const act = controlAct('key-register', { owner: `member/${id}`, key })
    const place = await submitControl(act, { client, ledger, member, clock })
    out.answer({ member: id, ledger, ...place }, `${id} has another key (entry ${place.index})`)
    return undefined
  },
}
