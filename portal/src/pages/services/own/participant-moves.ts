/** What the publisher does about a participant. */
export type ParticipantMove = 'approve' | 'reject' | 'remove'
/** What a participant does itself. */
export type OwnMove = 'join' | 'leave'

const moves: Readonly<Record<string, readonly ParticipantMove[]>> = {
  applied: ['approve', 'reject'],
  rejected: ['approve'],
  removed: ['approve'],
  invited: ['remove'],
  active: ['remove'],
  left: ['remove'],
}

/** What is open about one of that status: the same that the ledger lets pass. */
export const participantMoves = (status: string | undefined): readonly ParticipantMove[] =>
  moves[status ?? ''] ?? []

const ownMoves: Readonly<Record<string, readonly OwnMove[]>> = {
  invited: ['join', 'leave'],
  active: ['leave'],
  left: ['join'],
}

/** The same for the participant itself. */
export const ownParticipantMoves = (status: string | undefined): readonly OwnMove[] =>
  ownMoves[status ?? ''] ?? []
