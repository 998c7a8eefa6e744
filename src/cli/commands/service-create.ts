import { controlAct, type Environment } from '@openbsn/sdk'
import { namePattern } from '../../ledger/modules/module.ts'
import type { Command } from '../command.ts'
import { connectionOptions, environmentOf } from '../connection.ts'
import { connectAsMember, submitControl } from '../control.ts'
import { fail } from '../fail.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { serviceFields, serviceOptions } from '../service-options.ts'
import { oneOf } from '../values.ts'

/** What there is to know of the chain of a new service. */
const chainNote = (environment: Environment) =>
  environment === 'sandbox'
    ? 'a crash may take the last seconds of the chain; a clean stop saves all'
    : 'a live service is on a chain that the operator connects (bsn up --chains FILE), and waits ' +
      'for that; one with a chain of its own is made with --sandbox'

export const command: Command = {
  description:
    'Whoever creates a service is its publisher, and alone gives out credentials for it. An evm ' +
    'service has a chain of its own in the sandbox, which tools reach by JSON-RPC with an API ' +
    'key. A fabric service has a channel of Hyperledger Fabric on the nodes that it names.',
  examples: [
    'bsn service create flights --framework records',
    'bsn service create shop-coin --framework evm --sandbox',
    'bsn service create pledges --key-mode key-trust --access invitation --readers credentials ' +
      '--role teller=put,get --role auditor=get,list,history',
  ],
  operands: [
    {
      name: 'NAME',
      summary: 'Name, unique in the ledger: 2 to 63 of a-z, 0-9 and -',
      required: true,
    },
  ],
  options: {
    framework: {
      type: 'string',
      value: 'NAME',
      default: 'records',
      summary: 'Kind of ledger that the service lives on: records, evm or fabric',
    },
    'key-mode': {
      type: 'string',
      value: 'MODE',
      summary:
        'Who signs records: key-trust (city nodes, for JSON) or public-key-upload (credentials)',
    },
    ...serviceOptions,
    draft: { type: 'boolean', summary: 'Keep it as a draft; `bsn service submit` hands it in' },
    'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
    ...connectionOptions,
  },
  output: object({
    service: text,
    framework: text,
    ledger: text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run: async (args, { out, clock }) => {
    const service = args.operand(0)
    const chosen = serviceFields(args)
    const keyMode = oneOf(args, 'key-mode', ['key-trust', 'public-key-upload'])
    const draft = args.has('draft') ? { draft: true } : {}
    const framework = args.value('framework')
    // The rule of the ledger: a bad name is told before anything is sent.
    if (!namePattern.test(service)) {
      const rule = 'a service name has 2 to 63 of a-z, 0-9 and -, and begins with no -'
      throw fail('CLI_OPTION_INVALID', `${service}: ${rule}.`)
    }
    const { gateway, ledger, client, member } = await connectAsMember(args)
    if (args.has('dry-run')) {
      out.answer({ service, framework, ledger, dryRun: true }, `would create ${service}`)
      return undefined
    }
    const act = controlAct('service-create', {
      id: service,
      framework,
      keyMode,
      ...chosen,
      ...draft,
    })
    const place = await submitControl(act, { client, ledger, member, clock })
    const answer = { service, framework, ledger, ...place }
    out.answer(answer, `service ${service} created (entry ${place.index})`)
    out.detail(`through ${gateway}, ledger ${ledger}, block ${place.height}`)
    const where = args.has('sandbox') ? ' --sandbox' : ''
    const kind = framework === 'evm' ? ' --api-key' : ''
    const named = `--service ${service}${where}${kind} --label LABEL --out FILE`
    out.note(`next: bsn credential create ${named}`)
    if (framework === 'fabric') {
      out.note(
        `and: bsn contract define NAME --package preset:key-value --service ${service}${where}`,
      )
    }
    if (framework === 'evm') {
      out.note(`then tools of chains connect to ${gateway}/api/KEY/${service}/rpc`)
      out.note(chainNote(environmentOf(args)))
    }
    return undefined
  },
}
