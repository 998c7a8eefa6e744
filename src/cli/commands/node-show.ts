import { showCommand } from '../show-command.ts'

export const command = showCommand({
  kind: 'node',
  operand: 'ID',
  example: 'beijing',
  description: 'As the state has it; latitude and longitude in microdegrees.',
  read: (client, id) => client.node(id),
})
