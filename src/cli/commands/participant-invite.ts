import { controlAct } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, submitControl } from '../control.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { publicKeyOf } from '../public-key.ts'

export const command: Command = {
  description:
    'Done by the publisher. The key is what `bsn participant key` printed to whoever is invited; ' +
    'it alone joins, and makes credentials for the participant.',
  examples: [
    'bsn participant invite pledges shop --role teller --key pQECAyYgASFYIH…',
    'bsn participant invite pledges shop --role teller --key pQECAyYgASFYIH… --dry-run',
  ],
  operands: [
    { name: 'SERVICE', summary: 'Which service', required: true },
    { name: 'ID', summary: 'Name of the participant', required: true },
  ],
  options: {
    role: { type: 'string', value: 'NAME', required: true, summary: "One of the service's roles" },
    key: { type: 'string', value: 'KEY', required: true, summary: 'Its public key' },
    'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
    ...connectionOptions,
  },
  output: object({
    participant: text,
    service: text,
    role: text,
    ledger: text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run: async (args, { out, clock }) => {
    const [service, id, role] = [args.operand(0), args.operand(1), args.value('role')]
    const key = publicKeyOf(args, { from: 'bsn participant key' })
    const { client, ledger, member } = await connectAsMember(args)
    const answer = { participant: id, service, role, ledger }
    if (args.has('dry-run')) {
      out.answer({ ...answer, dryRun: true }, `would invite ${id} to ${service} as ${role}`)
      return undefined
    }
    const act = controlAct('participant-invite', { service, id, role, key })
    const place = await submitControl(act, { client, ledger, member, clock })
    out.answer({ ...answer, ...place }, `${id} is invited to ${service} (entry ${place.index})`)
    out.note(`next, by ${id}: bsn participant join ${service} --as FILE`)
    return undefined
  },
}
