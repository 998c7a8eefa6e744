import type { ParticipantObject, PortalAct, ServiceObject } from '@openbsn/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import {
  type Organisation,
  portalClient,
  portalKey,
  useAct,
  useMe,
  useOrganisation,
} from '../../../app/session.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Choice } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { Section } from '../../../parts/page.tsx'
import { RegisteredAct } from '../../explore/registered.tsx'
import { ActForm } from './act-form.tsx'
import { MissingRight } from './missing-right.tsx'
import { MoveButtons } from './move-buttons.tsx'
import { type OwnMove, ownParticipantMoves } from './participant-moves.ts'

type Props = { readonly service: ServiceObject; readonly rows: readonly ParticipantObject[] }

/** How an organisation that did not publish a service takes part in it. */
export function OwnPart({ service, rows }: Props) {
  const { t } = useTranslation()
  const { me, isLoading } = useMe()
  const { organisation } = useOrganisation()
  const back = useRouterState({ select: ({ location }) => location.pathname + location.searchStr })
  if (isLoading) return null
  return (
    <Section title={t('participants.takePart')} note={t('participants.takePartNote')}>
      {!me && (
        <p>
          <Link to="/sign-in" search={{ back }}>
            {t('participants.signIn')}
          </Link>
        </p>
      )}
      {me && !organisation && <p className="note">{t('organisation.noneWhy')}</p>}
      {organisation && <PartOf key={organisation.id} {...{ service, rows, organisation }} />}
    </Section>
  )
}

type PartProps = Props & { readonly organisation: Organisation }

function PartOf({ service, rows, organisation }: PartProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const { may } = useOrganisation()
  const [done, setDone] = useState<PortalAct>()
  const { data } = useQuery({
    queryKey: [portalKey, organisation.id, 'participants'],
    queryFn: () => portalClient.organisations.participants(organisation.id),
  })
  if (!data) return null
  const own = data.find((one) => one.ledger === ledger && one.service === service.id)
  const participant = rows.find(({ id }) => id === own?.id)
  if (participant) {
    return (
      <>
        {done && <RegisteredAct act={done} />}
        <Part service={service} participant={participant} />
      </>
    )
  }
  if (!may('participant-apply')) return <MissingRight right="participant-apply" />
  if ((service.roles ?? []).length === 0) {
    return <p className="note">{t('participants.noRolesHere')}</p>
  }
  return <Apply service={service} organisation={organisation} onDone={setDone} />
}

type OneProps = { readonly service: ServiceObject; readonly participant: ParticipantObject }

function Part({ service, participant }: OneProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const act = useAct()
  const [move, setMove] = useState<OwnMove>()
  const { id, role = '', status = '', version } = participant
  const moves = ownParticipantMoves(status)
  return (
    <>
      <p>
        {t('participants.partAs', { name: id, role })} <Badge state={status} />
      </p>
      {status === 'applied' && <p className="note">{t('participants.waiting')}</p>}
      <MoveButtons
        moves={moves}
        wordOf={(one) => t(`participants.ownMoves.${one}`)}
        isOpen={false}
        isQuiet
        onChoose={setMove}
      />
      <Dialog title={service.id} isOpen={move !== undefined} onClose={() => setMove(undefined)}>
        {move !== undefined && (
          <ActForm
            what={t(`participants.ownWhat.${move}`)}
            submit={t(`participants.ownMoves.${move}`)}
            typed={move === 'leave' ? service.id : undefined}
            send={() =>
              act(`participant-${move}`, { service: service.id, id, expect: version }, { ledger })
            }
          />
        )}
      </Dialog>
    </>
  )
}

type ApplyProps = Pick<PartProps, 'service' | 'organisation'> & {
  readonly onDone: (act: PortalAct) => void
}

function Apply({ service, organisation, onDone }: ApplyProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const act = useAct()
  const names = (service.roles ?? []).map((one) => one.role)
  const [role, setRole] = useState(names[0] ?? '')
  const queries = useQueryClient()
  const form = useForm({}, async () => {
    onDone(await act('participant-apply', { service: service.id, role }, { ledger }))
    await queries.invalidateQueries({ queryKey: [ledger] })
  })
  const submit = t('participants.apply', { name: organisation.name })
  return (
    <Form form={form} label={submit} submit={submit}>
      <Choice
        label={t('participants.role')}
        value={role}
        options={names.map((one) => [one, one])}
        onChoose={setRole}
      />
    </Form>
  )
}
