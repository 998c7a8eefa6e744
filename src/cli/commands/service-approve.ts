import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'service',
  verb: 'approve',
  done: 'approved',
  description: 'Done by a member that reviews services; the service runs from then on.',
})
