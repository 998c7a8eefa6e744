import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { fail } from './fail.ts'

/** Where the CometBFT of a node is reached by those of the others. */
export const networkOptions = {
  listen: {
    type: 'string',
    value: 'HOST:PORT',
    env: 'BSN_LISTEN',
    default: '127.0.0.1:8430',
    summary: 'Address for the other nodes of the network',
  },
  external: {
    type: 'string',
    value: 'HOST:PORT',
    env: 'BSN_EXTERNAL',
    summary: 'What the others are told, where it is not --listen',
  },
} as const satisfies Record<string, OptionSpec>

const form = /^([a-z0-9.-]+|\[[0-9a-f:.]+\]):[0-9]{1,5}$/

/** @throws CLI_OPTION_INVALID */
export function networkAddresses(args: Arguments) {
  const listen = args.optional('listen') ?? networkOptions.listen.default
  const external = args.optional('external')
  for (const [option, text] of [['listen', listen] as const, ['external', external] as const]) {
    if (text === undefined || form.test(text)) continue
    throw fail('CLI_OPTION_INVALID', `--${option} ${text}: give HOST:PORT, such as 10.0.0.7:8430.`)
  }
  if (external === undefined && /^(0\.0\.0\.0|\[::\]):/.test(listen)) {
    const message = `--listen ${listen} is every address: say with --external which others use.`
    throw fail('CLI_OPTION_MISSING', message)
  }
  return { listen, ...(external === undefined ? {} : { external }) }
}
