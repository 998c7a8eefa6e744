import type { ContractSummary } from '@openbsn/sdk'
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
    const isOfFabric = contracts.some((one) => one.package !== undefined)
    const rows = contracts.map((one) => (isOfFabric ? packageRow(one) : chainRow(one)))
    const headings = isOfFabric
      ? ['NAME', 'PACKAGE', 'SEQUENCE', 'WAITS FOR']
      : ['NAME', 'ADDRESS', 'CODE', 'TEMPLATE']
    out.answer({ contracts }, rows.length === 0 ? '' : out.table(headings, rows))
    if (rows.length === 0) out.note('no contracts')
    return undefined
  },
}

const chainRow = ({ name, address = '', verified, template = '' }: ContractSummary) => [
  ...[name, address, verified ?? 'not verified', template],
]

const packageRow = ({ name, package: packaged = '', sequence, waitsFor = '' }: ContractSummary) => [
  ...[name, packaged, String(sequence), waitsFor],
]
