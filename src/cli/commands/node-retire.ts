import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'node',
  verb: 'retire',
  done: 'retired',
  description: 'The node stays on the ledger as one that was; nobody is sent to it any more.',
})
