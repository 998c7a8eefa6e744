import type { PortalInvitation, PortalRole } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../app/proof.ts'
import { type Organisation, portalClient, portalKey, useMe } from '../../app/session.tsx'
import { announce } from '../../parts/announce.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Choice, Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkName } from '../../parts/form-checks.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { useGivenRoles } from './roles.ts'

type Props = { readonly organisation: Organisation }

/** Who was invited and did not come yet, and a new invitation. */
export function Invitations({ organisation }: Props) {
  const { t } = useTranslation()
  const { id } = organisation
  const query = useQuery({
    queryKey: [portalKey, id, 'invitations'],
    queryFn: () => guarded(() => portalClient.invitations.list(id)),
  })
  return (
    <Section title={t('organisation.invitations')} note={t('organisation.invitationsNote')}>
      <Loaded query={query} lines={2}>
        {(all) =>
          all.length === 0 ? (
            <p className="note">{t('organisation.noInvitations')}</p>
          ) : (
            <ul className="cards">
              {all.map((one) => (
                <Open key={one.id} invitation={one} organisation={id} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Invite organisation={organisation} />
    </Section>
  )
}

type OpenProps = { readonly invitation: PortalInvitation; readonly organisation: string }

function Open({ invitation: { id, label, role, expires }, organisation }: OpenProps) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const form = useForm({}, async () => {
    await guarded(() => portalClient.invitations.withdraw(organisation, id))
    await refresh()
    announce(t('organisation.withdrawn'))
  })
  const withdraw = t('organisation.withdrawOf', { name: label })
  return (
    <li className="card">
      <h3>
        <bdi>{label}</bdi>
      </h3>
      <p>{t(`roles.${role}`)}</p>
      <p className="faint">
        {t('organisation.expires')} <Time seconds={expires} kind="wall" />
      </p>
      <Form form={form} label={withdraw} submit={withdraw} />
    </li>
  )
}

function Invite({ organisation }: Props) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const [made, setMade] = useState<{ readonly label: string; readonly link: string }>()
  const [role, setRole] = useState<PortalRole>('developer')
  const form = useForm(
    {
      label: {
        label: t('organisation.label'),
        hint: t('organisation.labelHint'),
        check: checkName,
      },
    },
    async ({ label }) => {
      const asked = { role, label: label.trim() }
      const { token } = await guarded(() => portalClient.invitations.create(organisation.id, asked))
      setMade({ label: asked.label, link: `${location.origin}/sign-up#${token}` })
      form.set('label')
      await refresh()
    },
  )
  return (
    <>
      {made && (
        <div role="status" className="made-link">
          <p>{t('organisation.linkOnce', { name: made.label })}</p>
          <CodeBlock text={made.link} what={t('organisation.link')} />
        </div>
      )}
      <Form form={form} label={t('organisation.invite')} submit={t('organisation.invite')}>
        <Field {...form.field('label')} autoComplete="off" dir="auto" />
        <Choice
          label={t('organisation.role')}
          value={role}
          options={useGivenRoles(organisation.role)}
          onChoose={setRole}
        />
      </Form>
    </>
  )
}
