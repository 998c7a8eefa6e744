import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'group',
  verb: 'retire',
  done: 'retired',
  description:
    'Nobody is sent to the group any more, and no node can join it; its ledger goes on for ' +
    'whoever keeps it. In an alliance of several members this is decided by a vote ' +
    '(`bsn alliance propose retire-group`).',
})
