import { moveCommand } from '../move-command.ts'

export const command = moveCommand({
  kind: 'credential',
  verb: 'revoke',
  done: 'revoked',
  description:
    'It and all its keys are out of use from the next block on, and no way leads back. Do this ' +
    'when a credential file got into wrong hands.',
})
