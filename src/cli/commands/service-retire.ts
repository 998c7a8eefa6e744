import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'service',
  verb: 'retire',
  done: 'retired',
  description:
    'Nothing will be written to it any more, and no way leads back; reading and verifying go on.',
})
