import { participantMove } from '../participant-move.ts'

export const command = participantMove({
  verb: 'remove',
  done: 'is removed',
  isOwn: false,
  description: 'Done by the publisher. Credentials of the participant end with it.',
})
