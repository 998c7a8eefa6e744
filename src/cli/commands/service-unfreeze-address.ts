import { freezeAddress } from '../freeze-address.ts'

export const command = freezeAddress({
  verb: 'unfreeze',
  done: 'unfrozen',
  description:
    'By the publisher. What was frozen by vote goes on by vote alone: ' +
    '`bsn alliance propose unfreeze account/SERVICE/ADDRESS`.',
})
