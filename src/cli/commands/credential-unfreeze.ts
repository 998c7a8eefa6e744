import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'credential',
  verb: 'unfreeze',
  done: 'unfrozen',
  description: 'It writes again, with the keys that it had.',
})
