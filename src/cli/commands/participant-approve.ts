import { participantMove } from '../participant-move.ts'

export const command = participantMove({
  verb: 'approve',
  done: 'is active',
  isOwn: false,
  description: 'Done by the publisher; the participant may make credentials from then on.',
})
