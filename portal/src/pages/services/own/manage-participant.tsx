import type { ParticipantObject, ServiceObject } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useAct } from '../../../app/session.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { ActForm } from './act-form.tsx'
import { MoveButtons } from './move-buttons.tsx'
import { type ParticipantMove, participantMoves } from './participant-moves.ts'

type Props = {
  readonly service: ServiceObject
  /** None, and nothing is open. */
  readonly participant: ParticipantObject | undefined
  readonly onClose: () => void
}

/** What the publisher does about one participant. */
export function ManageParticipant({ service, participant, onClose }: Props) {
  return (
    <Dialog
      title={participant?.id ?? service.id}
      isOpen={participant !== undefined}
      onClose={onClose}
    >
      {participant && <Managed key={participant.id} service={service} participant={participant} />}
    </Dialog>
  )
}

type ManagedProps = {
  readonly service: ServiceObject
  readonly participant: ParticipantObject
}

function Managed({ service, participant }: ManagedProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const act = useAct()
  const [move, setMove] = useState<ParticipantMove>()
  const { id, version, role = '', status = '' } = participant
  const moves = participantMoves(status)
  return (
    <>
      <Facts
        facts={[
          [t('participants.role'), role],
          [t('services.status'), <Badge key="status" state={status} />],
        ]}
      />
      <MoveButtons
        moves={moves}
        wordOf={(one) => t(`participants.moves.${one}`)}
        isOpen={move !== undefined}
        onChoose={setMove}
      />
      {move !== undefined && (
        <ActForm
          what={t(`participants.what.${move}`, { name: id })}
          submit={t(`participants.moves.${move}`)}
          typed={move === 'remove' ? id : undefined}
          send={() =>
            act(`participant-${move}`, { service: service.id, id, expect: version }, { ledger })
          }
        />
      )}
    </>
  )
}
