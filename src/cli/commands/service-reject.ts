import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'service',
  verb: 'reject',
  done: 'sent back',
  description: 'The service is a draft again; its publisher can update and submit it anew.',
})
