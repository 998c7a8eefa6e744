import { controlAct } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, findObject, submitControl } from '../control.ts'
import { object, text, whole } from '../json-schema.ts'

export const command: Command = {
  description:
    'The organisations of its city nodes agree to it by themselves; a name that is there gets ' +
    'another package. There are preset:key-value (set, update, delete, get, getHistory) and ' +
    'preset:evidence (add, get, check). `bsn contract list` tells when it is there.',
  examples: [
    'bsn contract define books --package preset:key-value --service trade',
    'bsn contract define notary --package preset:evidence --service trade --sandbox',
  ],
  operands: [{ name: 'NAME', summary: 'Name in its channel', required: true }],
  options: {
    service: { type: 'string', value: 'NAME', required: true, summary: 'Service of Fabric' },
    package: {
      type: 'string',
      value: 'PACKAGE',
      required: true,
      summary: 'What it runs: preset:NAME',
    },
    policy: {
      type: 'string',
      value: 'RULE',
      summary: 'Whose peers endorse, such as "OR(\'lisboaMSP.peer\')"; most of all if not said',
    },
    ...connectionOptions,
  },
  output: object({ service: text, name: text, sequence: whole, index: whole, height: whole }),
  run: async (args, { out, clock }) => {
    const [name, service, packaged] = [
      args.operand(0),
      args.value('service'),
      args.value('package'),
    ]
    const { ledger, client, member } = await connectAsMember(args)
    const before = await findObject(client, `contract/${service}/${name}`)
    const sequence = Number(before?.get('sequence') ?? 0) + 1
    const defined = { service, name, package: packaged, sequence, policy: args.optional('policy') }
    const act = controlAct('contract-define', defined)
    const place = await submitControl(act, { client, ledger, member, clock })
    const shown = `${name} of ${service} is defined (sequence ${sequence}, entry ${place.index})`
    out.answer({ service, name, sequence, ...place }, shown)
    return undefined
  },
}
