import {
  CodedError,
  controlAct,
  type ParticipantObject,
  type PortalAct,
  type ServiceObject,
  signControl,
} from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { useNowSeconds } from '../../../parts/clock.ts'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Download } from '../../../parts/download.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { Section } from '../../../parts/page.tsx'
import { useLinkToken } from '../../account/link-token.ts'
import { RegisteredAct } from '../../explore/registered.tsx'
import {
  type ParticipantKey,
  participantFile,
  participantSigner,
  readLinkToken,
} from './participant-key.ts'
import { type OwnMove, ownParticipantMoves } from './participant-moves.ts'

type Props = { readonly service: ServiceObject; readonly rows: readonly ParticipantObject[] }
type Done = Pick<PortalAct, 'ledger' | 'entry'>

/** For whoever came by the link of an invitation: it has the key that the ledger knows it by. */
export function AcceptInvitation({ service, rows }: Props) {
  const { t } = useTranslation()
  const [done, setDone] = useState<Done>()
  const key = readLinkToken(useLinkToken())
  const participant = rows.find(({ id }) => id === key?.id)
  if (!key || !participant) return null
  const { id, role = '', status = '' } = participant
  return (
    <Section
      title={t('participants.yours', { name: id })}
      note={t('participants.yoursNote', { service: service.id, role })}
    >
      <p>
        <Badge state={status} />
      </p>
      <KeepKey service={service} participantKey={key} />
      {done && <RegisteredAct act={done} />}
      {ownParticipantMoves(status).map((move) => (
        <OwnKeyMove
          key={move}
          {...{ service, participant, move }}
          participantKey={key}
          onDone={setDone}
        />
      ))}
    </Section>
  )
}

type KeyProps = { readonly service: ServiceObject; readonly participantKey: ParticipantKey }

/** Who has the key speaks for the participant from then on, by the command line too. */
function KeepKey({ service, participantKey }: KeyProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const place = { gateway: location.origin, ledger, service: service.id }
  const name = `${participantKey.id}.participant`
  const made = ['--label mine', `--as ${name}`, '--out mine.credential'].join(' ')
  return (
    <>
      <p>{t('participants.keepKey')}</p>
      <div className="row">
        <Download
          name={name}
          label={t('participants.keyFile')}
          bytes={participantFile(participantKey, place)}
          type="application/json"
        />
      </div>
      <CodeBlock
        text={`bsn credential create --service ${service.id} ${made}`}
        what={t('participants.credentialCommand')}
      />
    </>
  )
}

type MoveProps = KeyProps & {
  readonly participant: ParticipantObject
  readonly move: OwnMove
  readonly onDone: (done: Done) => void
}

/** Signed here, by the key of the link, which goes nowhere. */
function OwnKeyMove({ service, participant, participantKey, move, onDone }: MoveProps) {
  const { t } = useTranslation()
  const { id: ledger, client } = useLedger()
  const queries = useQueryClient()
  const now = useNowSeconds()
  // The same statement again has one effect, where no answer came.
  const signed = useRef<Uint8Array>(undefined)
  const { id, version } = participant
  const form = useForm({}, async () => {
    signed.current ??= await signControl(
      controlAct(`participant-${move}`, { service: service.id, id, expect: version }),
      {
        ...{ ledger, iss: `${service.id}/${id}`, signer: participantSigner(participantKey) },
        nowSeconds: now,
      },
    )
    const [outcome] = await client.submit([signed.current])
    if (outcome?.outcome === 'refused') {
      signed.current = undefined
      throw new CodedError(outcome.code, outcome.detail)
    }
    onDone({ ledger, ...(outcome ? { entry: outcome.index } : {}) })
    await queries.invalidateQueries({ queryKey: [ledger] })
  })
  const submit = t(`participants.ownMoves.${move}`)
  return <Form form={form} label={submit} submit={submit} />
}
