import { type Client, controlAct } from '@openbsn/sdk'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, findObject, submitControl } from '../control.ts'
import { fail } from '../fail.ts'
import { readBytes } from '../files.ts'
import { list, object, text, whole } from '../json-schema.ts'
import { digestOf, gatewaysOfService, requireSent, sendPackage } from '../send-package.ts'

export const command: Command = {
  description:
    'The organisations of its city nodes agree to it by themselves; a name that is there gets ' +
    'another package. There are preset:key-value (set, update, delete, get, getHistory) and ' +
    'preset:evidence (add, get, check); --archive sends a contract of your own, in TypeScript, ' +
    'JavaScript or Go, to each node, which builds it; the same archive again is only sent again. ' +
    '`bsn contract list` tells when it is there.',
  examples: [
    'bsn contract define books --package preset:key-value --service trade',
    'bsn contract define assets --archive assets.tgz --service trade --sandbox',
  ],
  operands: [{ name: 'NAME', summary: 'Name in its channel', required: true }],
  options: {
    service: { type: 'string', value: 'NAME', required: true, summary: 'Service of Fabric' },
    package: { type: 'string', value: 'PACKAGE', summary: 'What it runs: preset:NAME' },
    archive: { type: 'string', value: 'FILE', summary: 'What it runs: a .tar.gz with the sources' },
    policy: {
      type: 'string',
      value: 'RULE',
      summary: 'Whose peers endorse, such as "OR(\'lisboaMSP.peer\')"; most of all if not said',
    },
    ...connectionOptions,
  },
  output: object({
    service: text,
    name: text,
    package: text,
    sequence: whole,
    'index?': whole,
    'height?': whole,
    'sent?': list(object({ gateway: text, 'problem?': text })),
  }),
  run: async (args, { out, clock }) => {
    const [name, service] = [args.operand(0), args.value('service')]
    const archive = await archiveOf(args)
    const packaged = archive ? digestOf(archive) : args.value('package')
    const { gateway, ledger, client, member } = await connectAsMember(args)
    const policy = args.optional('policy')
    const { before, isSame } = await present(client, { service, name, packaged, policy })
    const sequence = isSame ? before : before + 1
    const answer = { service, name, package: packaged, sequence }
    let place: { readonly index: number; readonly height: number } | undefined
    if (!isSame) {
      const act = controlAct('contract-define', { ...answer, policy })
      place = await submitControl(act, { client, ledger, member, clock })
    }
    const gateways = archive ? await gatewaysOfService(service, gateway, { client }) : []
    const sent = archive ? await sendPackage(archive, gateways, { ledger }) : []
    const entry = place ? `entry ${place.index}` : 'as before'
    const shown = `${name} of ${service} is defined (sequence ${sequence}, ${entry})`
    out.answer({ ...answer, ...place, ...(archive ? { sent } : {}) }, shown)
    for (const one of sent) out.note(`${one.gateway}: ${one.problem ?? 'has the package'}`)
    if (archive) requireSent(sent)
    return undefined
  },
}

/** @throws CLI_OPTION_MISSING, CLI_OPTION_INVALID, FILE_* */
async function archiveOf(args: Arguments): Promise<Uint8Array | undefined> {
  const file = args.optional('archive')
  if (file !== undefined && args.has('package')) {
    throw fail('CLI_OPTION_INVALID', 'Give --package or --archive, not both.')
  }
  if (file !== undefined) return readBytes(file)
  if (args.has('package')) return undefined
  throw fail('CLI_OPTION_MISSING', 'Give --package, or --archive.')
}

type Wanted = {
  readonly service: string
  readonly name: string
  readonly packaged: string
  readonly policy: string | undefined
}

/** Its sequence on the ledger, 0 where it is not there, and whether it is what is wanted now. */
async function present(client: Client, { service, name, packaged, policy }: Wanted) {
  const object = await findObject(client, `contract/${service}/${name}`)
  const before = Number(object?.get('sequence') ?? 0)
  const isSame = object?.get('package') === packaged && object.get('policy') === policy
  return { before, isSame }
}
