import { useOrganisation } from '../../../app/session.tsx'
import { MissingRight } from './missing-right.tsx'
import type { OwnMove, ParticipantMove } from './participant-moves.ts'

type Props<Move extends OwnMove | ParticipantMove> = {
  readonly moves: readonly Move[]
  /** What is on a button. */
  readonly wordOf: (move: Move) => string
  /** While one of them is under way, there is no button for others. */
  readonly isOpen: boolean
  readonly isQuiet?: boolean
  readonly onChoose: (move: Move) => void
}

/** What may be done about a part in a service, and which rights are missing for the rest. */
export function MoveButtons<Move extends OwnMove | ParticipantMove>(props: Props<Move>) {
  const { moves, wordOf, isOpen, isQuiet = false, onChoose } = props
  const { may } = useOrganisation()
  const isAllowed = (one: Move) => may(`participant-${one}`)
  const className = isQuiet ? 'button quiet' : 'button'
  return (
    <>
      {!isOpen && (
        <div className="row">
          {moves.filter(isAllowed).map((one) => (
            <button key={one} type="button" className={className} onClick={() => onChoose(one)}>
              {wordOf(one)}
            </button>
          ))}
        </div>
      )}
      {moves
        .filter((one) => !isAllowed(one))
        .map((one) => (
          <MissingRight key={one} right={`participant-${one}`} />
        ))}
    </>
  )
}
