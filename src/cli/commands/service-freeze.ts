import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'service',
  verb: 'freeze',
  done: 'frozen',
  description: 'Nothing can be written to it until it is unfrozen; reading and verifying go on.',
})
