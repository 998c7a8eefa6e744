import type { Command } from '../command.ts'
import { contractsSchema } from '../contract-document.ts'
import { contractsOf } from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'

export const command: Command = {
  description: 'Those of the service of the credential that its gateway knows by name.',
  examples: ['bsn contract list --credential coin.credential'],
  options: credentialOptions,
  output: contractsSchema,
  run: async (args, { out, clock }) => {
    const { contracts: client } = await contractsOf(args, clock)
    const contracts = await client.list()
    const rows = contracts.map(({ name, address, verified, template = '' }) => {
      return [name, address, verified ?? 'not verified', template]
    })
    const headings = ['NAME', 'ADDRESS', 'CODE', 'TEMPLATE']
    out.answer({ contracts }, rows.length === 0 ? '' : out.table(headings, rows))
    if (rows.length === 0) out.note('no contracts')
    return undefined
  },
}
