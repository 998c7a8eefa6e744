import { participantMove } from '../participant-move.ts'

export const command = participantMove({
  verb: 'join',
  done: 'has joined',
  isOwn: true,
  description:
    'Done by whoever was invited, with the key that the invitation names, or who left before.',
})
