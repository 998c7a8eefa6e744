import type { PortalAct, ServiceObject } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgerParam } from '../../../app/ledger.tsx'
import { useAct, useOrganisation } from '../../../app/session.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { Section } from '../../../parts/page.tsx'
import { Secret } from '../../../parts/secret.tsx'
import { RegisteredAct } from '../../explore/registered.tsx'
import { MissingRight } from './missing-right.tsx'
import {
  checkParticipantId,
  checkPublicKey,
  linkTokenOf,
  newParticipantKey,
  type ParticipantKey,
  publicKeyBytes,
  publicKeyOf,
} from './participant-key.ts'

type Props = { readonly service: ServiceObject }
type Made = { readonly id: string; readonly act: PortalAct; readonly link: string | undefined }

/** Asks somebody in who is no member of the alliance: by a link, or by a key of its own. */
export function InviteParticipant({ service }: Props) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const [made, setMade] = useState<Made>()
  const { roles = [] } = service
  return (
    <Section title={t('participants.invite')} note={t('participants.inviteNote')}>
      {made && (
        <>
          <p>{t('participants.invited', { name: made.id })}</p>
          <RegisteredAct act={made.act} />
        </>
      )}
      {made?.link !== undefined && (
        <Secret
          what={t('participants.link')}
          secret={made.link}
          fileName={`${service.id}-${made.id}.link`}
          next={t('participants.linkKept')}
          onSaved={() => setMade({ ...made, link: undefined })}
        />
      )}
      {!may('participant-invite') && <MissingRight right="participant-invite" />}
      {may('participant-invite') && roles.length === 0 && (
        <p className="note">{t('participants.noRoles')}</p>
      )}
      {may('participant-invite') && roles.length > 0 && made?.link === undefined && (
        <InviteForm service={service} onMade={setMade} />
      )}
    </Section>
  )
}

function InviteForm({ service, onMade }: Props & { readonly onMade: (made: Made) => void }) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const act = useAct()
  const queries = useQueryClient()
  const base = useInvitationBase(service)
  const names = (service.roles ?? []).map((one) => one.role)
  const [role, setRole] = useState(names[0] ?? '')
  // The same key until it is registered: another one would be another invitation.
  const own = useRef<ParticipantKey>(undefined)
  const form = useForm(
    {
      id: {
        label: t('participants.id'),
        hint: t('participants.idHint'),
        check: checkParticipantId,
        codes: ['ACT_CONFLICT'],
      },
      key: { label: t('participants.key'), hint: t('participants.keyHint'), check: checkPublicKey },
    },
    async (values) => {
      const id = values.id.trim()
      const given = publicKeyBytes(values.key)
      if (own.current?.id !== id) own.current = newParticipantKey(id)
      const key = given ?? publicKeyOf(own.current)
      const fields = { service: service.id, id, role, key }
      const done = await act('participant-invite', fields, { ledger })
      const link = given ? undefined : `${base}#${linkTokenOf(own.current)}`
      own.current = undefined
      form.set('id')
      form.set('key')
      onMade({ id, act: done, link })
      await queries.invalidateQueries({ queryKey: [ledger] })
    },
  )
  return (
    <Form form={form} label={t('participants.invite')} submit={t('participants.invite')}>
      <Field {...form.field('id')} autoComplete="off" spellCheck={false} />
      <Choice
        label={t('participants.role')}
        value={role}
        options={names.map((one) => [one, one])}
        onChoose={setRole}
      />
      <Field {...form.field('key')} autoComplete="off" spellCheck={false} />
    </Form>
  )
}

/** Where the link of an invitation leads. */
function useInvitationBase({ id }: ServiceObject): string {
  const ledger = useLedgerParam(useLedger().id)
  const search = new URLSearchParams({ tab: 'participants', ...(ledger ? { ledger } : {}) })
  return `${location.origin}/services/${encodeURIComponent(id)}?${search}`
}
