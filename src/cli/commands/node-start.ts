import type { Command } from '../command.ts'
import { command as up } from './up.ts'

export const command: Command = {
  ...up,
  description:
    'The same as `bsn up`. For a data folder that is part of a network it starts CometBFT too ' +
    '(`bsn engine install cometbft`), and takes in what the others have.',
  examples: [
    'bsn node start --node berlin',
    'bsn node start --node berlin --host 0.0.0.0',
    'bsn node start --node berlin --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem',
  ],
}
