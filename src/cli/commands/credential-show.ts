import { showCommand } from '../show-command.ts'

export const command = showCommand({
  kind: 'credential',
  operand: 'ID',
  example: 'cred_22d43ad8065f91d5',
  description:
    'What it may do, its keys by their thumbprints and its API keys by their hints. A gateway ' +
    'shows it on its own machine.',
  read: (client, id) => client.credential(id),
})
