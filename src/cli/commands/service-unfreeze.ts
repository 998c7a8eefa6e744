import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'service',
  verb: 'unfreeze',
  done: 'unfrozen',
  description: 'It takes records again, with the credentials that it had.',
})
