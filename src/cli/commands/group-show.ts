import type { Client } from '@openbsn/sdk'
import { showCommand } from '../show-command.ts'

export const command = showCommand({
  kind: 'group',
  operand: 'NAME',
  example: 'airlines',
  description: 'As the root ledger lists it, and the nodes that say that they keep it.',
  read: (client: Client, id) => client.group(id),
})
