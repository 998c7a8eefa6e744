import type { PortalMember, PortalRole } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../app/proof.ts'
import {
  type Organisation,
  portalClient,
  portalKey,
  useMe,
  useOrganisation,
} from '../../app/session.tsx'
import { announce } from '../../parts/announce.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Choice, Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkSame } from '../../parts/form-checks.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { useGivenRoles } from './roles.ts'

type Props = { readonly organisation: Organisation }

/** Who is in the organisation. */
export function Members({ organisation }: Props) {
  const { t } = useTranslation()
  const { id } = organisation
  const query = useQuery({
    queryKey: [portalKey, id, 'members'],
    queryFn: () => guarded(() => portalClient.members.list(id)),
  })
  return (
    <Section title={t('organisation.tabs.members')}>
      <Loaded query={query} lines={4}>
        {(members) => (
          <ul className="cards">
            {members.map((one) => (
              <Member key={one.id} member={one} organisation={organisation} />
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  )
}

type MemberProps = Props & { readonly member: PortalMember }

function Member({ member, organisation }: MemberProps) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const [isLeaving, setLeaving] = useState(false)
  const isOwn = member.id === organisation.member
  return (
    <li className="card">
      <h3>
        <bdi>{member.name}</bdi> {isOwn && <span className="faint">({t('organisation.you')})</span>}
      </h3>
      <p className="faint">{member.email}</p>
      <p>
        {t(`roles.${member.role}`)}: {t(`roleNotes.${member.role}`)}
      </p>
      <p className="faint">
        {t('organisation.since')} <Time seconds={member.since} kind="wall" />
      </p>
      {may('member-role') && !isOwn && <ChangeRole member={member} organisation={organisation} />}
      {may('member-remove') && !isOwn && (
        <div className="row">
          <button type="button" className="button quiet" onClick={() => setLeaving(true)}>
            {t('organisation.removeOf', { name: member.name })}
          </button>
        </div>
      )}
      <Dialog
        title={t('organisation.removeOf', { name: member.name })}
        isOpen={isLeaving}
        onClose={() => setLeaving(false)}
      >
        <Remove {...{ member, organisation }} onDone={() => setLeaving(false)} />
      </Dialog>
    </li>
  )
}

function ChangeRole({ member, organisation }: MemberProps) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const roles = useGivenRoles(organisation.role)
  const [role, setRole] = useState<PortalRole>(member.role)
  const label = t('organisation.roleOf', { name: member.name })
  const form = useForm({}, async () => {
    await guarded(() => portalClient.members.changeRole(organisation.id, member.id, role))
    await refresh()
    announce(t('organisation.roleChanged', { name: member.name, role: t(`roles.${role}`) }))
  })
  // Nobody takes from somebody what only others give.
  if (!roles.some(([one]) => one === member.role)) return null
  return (
    <Form form={form} label={label} submit={t('organisation.change')}>
      <Choice label={label} value={role} options={roles} onChoose={setRole} />
    </Form>
  )
}

function Remove({ member, organisation, onDone }: MemberProps & { readonly onDone: () => void }) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const { name } = member
  const form = useForm(
    { name: { label: t('organisation.typeName', { name }), check: checkSame(name) } },
    async () => {
      await guarded(() => portalClient.members.remove(organisation.id, member.id))
      onDone()
      await refresh()
      announce(t('organisation.removed', { name }))
    },
  )
  return (
    <Form
      form={form}
      label={t('organisation.removeOf', { name })}
      submit={t('organisation.remove')}
    >
      <p>{t('organisation.removeWhy', { name })}</p>
      <Field {...form.field('name')} autoComplete="off" spellCheck={false} dir="auto" />
    </Form>
  )
}
