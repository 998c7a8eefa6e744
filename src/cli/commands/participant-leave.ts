import { participantMove } from '../participant-move.ts'

export const command = participantMove({
  verb: 'leave',
  done: 'has left',
  isOwn: true,
  description: 'Credentials of the participant end with it; joining again is possible.',
})
