import { controlAct } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, submitControl } from '../control.ts'
import { flag, object, text, whole } from '../json-schema.ts'

export const command: Command = {
  description:
    'Done by a member that wants to take part under its own name: at once in a service with open ' +
    'access, else when the publisher approves.',
  examples: ['bsn participant apply pledges --role teller'],
  operands: [{ name: 'SERVICE', summary: 'Which service', required: true }],
  options: {
    role: { type: 'string', value: 'NAME', required: true, summary: "One of the service's roles" },
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
    const [service, role] = [args.operand(0), args.value('role')]
    const { client, ledger, member } = await connectAsMember(args)
    const answer = { participant: member.id, service, role, ledger }
    if (args.has('dry-run')) {
      out.answer({ ...answer, dryRun: true }, `would apply to ${service} as ${role}`)
      return undefined
    }
    const act = controlAct('participant-apply', { service, role })
    const place = await submitControl(act, { client, ledger, member, clock })
    const what = `${member.id} applied to ${service} as ${role} (entry ${place.index})`
    out.answer({ ...answer, ...place }, what)
    return undefined
  },
}
