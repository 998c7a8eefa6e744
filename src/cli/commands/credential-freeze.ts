import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'credential',
  verb: 'freeze',
  done: 'frozen',
  description: 'It writes nothing until it is unfrozen.',
})
