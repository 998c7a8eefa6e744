import { showCommand } from '../show-command.ts'

export const command = showCommand({
  kind: 'service',
  operand: 'NAME',
  example: 'flights',
  description: 'As the state has it; `bsn audit --service NAME` shows how it came to be so.',
  read: (client, id) => client.service(id),
})
