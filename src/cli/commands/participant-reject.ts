import { participantMove } from '../participant-move.ts'

export const command = participantMove({
  verb: 'reject',
  done: 'is rejected',
  isOwn: false,
  description: 'Done by the publisher. It can still be approved later.',
})
