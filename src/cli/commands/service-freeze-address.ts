import { freezeAddress } from '../freeze-address.ts'

export const command = freezeAddress({
  verb: 'freeze',
  done: 'frozen',
  description:
    'Gateways pass on no transaction from it or to it, on the chain of an evm service. ' +
    'A contract that another contract calls is not seen, nor what goes past the gateways. ' +
    'By the publisher; the members do it with ' +
    '`bsn alliance propose freeze account/SERVICE/ADDRESS`.',
})
