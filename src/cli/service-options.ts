import type { ServiceFields } from '@openbsn/sdk'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { fail } from './fail.ts'
import { oneOf } from './values.ts'

/** Options of `service create` and `service update`. */
export const serviceOptions = {
  access: {
    type: 'string',
    value: 'HOW',
    summary: 'How participants join: open or invitation',
  },
  readers: {
    type: 'string',
    value: 'WHO',
    summary: 'Who may read through gateways: anyone or credentials',
  },
  function: {
    type: 'string',
    value: 'NAME',
    many: true,
    summary: 'A function that the service has; all of the framework where not said',
  },
  role: {
    type: 'string',
    value: 'ROLE=FUNCTION,…',
    many: true,
    summary: 'A role of participants, and the functions that it has',
  },
  node: { type: 'string', value: 'ID', many: true, summary: 'A city node that serves it' },
} as const satisfies Record<string, OptionSpec>

/** What is given of a service's properties. @throws CLI_OPTION_INVALID */
export function serviceFields(args: Arguments): Omit<ServiceFields, 'environment' | 'keyMode'> {
  const access = oneOf(args, 'access', ['open', 'invitation'])
  const readers = oneOf(args, 'readers', ['anyone', 'credentials'])
  const [functions, nodes] = [args.values('function'), args.values('node')]
  const roles = args.values('role').map(roleOf)
  return {
    ...(access === undefined ? {} : { access }),
    ...(readers === undefined ? {} : { readers }),
    ...(functions.length === 0 ? {} : { functions }),
    ...(roles.length === 0 ? {} : { roles }),
    ...(nodes.length === 0 ? {} : { nodes }),
  }
}

function roleOf(text: string): [string, string[]] {
  const [, role = '', functions = ''] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (role === '') throw fail('CLI_OPTION_INVALID', `--role ${text}: give ROLE=put,get`)
  return [role, functions.split(',')]
}
