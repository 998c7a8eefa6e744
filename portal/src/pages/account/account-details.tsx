import type { PortalMe } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../app/proof.ts'
import { portalClient, useMe } from '../../app/session.tsx'
import { announce } from '../../parts/announce.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkName, checkNewPassword, checkPresentPassword } from '../../parts/form-checks.ts'
import { Section } from '../../parts/page.tsx'
import { ExactTime } from '../../parts/time.tsx'

/** Name, password and sessions. */
export function AccountDetails({ me }: { readonly me: PortalMe }) {
  const { t } = useTranslation()
  return (
    <div>
      <Section title={t('account.details')} note={me.account.email}>
        <Rename name={me.account.name} />
      </Section>
      <Section title={t('account.password')} note={t('account.changePasswordNote')}>
        {me.account.hasPassword ? (
          <ChangePassword />
        ) : (
          <p className="note">{t('account.noPassword')}</p>
        )}
      </Section>
      <Section title={t('account.sessions')} note={t('account.sessionsNote')}>
        <Facts
          facts={[
            [t('account.sessionEnds'), <ExactTime key="expires" seconds={me.session.expires} />],
          ]}
        />
        <EndOthers />
      </Section>
    </div>
  )
}

function Rename({ name }: { readonly name: string }) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const form = useForm(
    { name: { label: t('account.name'), check: checkName, initial: name } },
    async (values) => {
      await guarded(() => portalClient.rename(values.name.trim()))
      await refresh()
      announce(t('account.renamed'))
    },
  )
  return (
    <Form form={form} label={t('account.rename')} submit={t('account.rename')}>
      <Field {...form.field('name')} autoComplete="name" dir="auto" />
    </Form>
  )
}

function ChangePassword() {
  const { t } = useTranslation()
  const form = useForm(
    {
      present: {
        label: t('account.presentPassword'),
        check: checkPresentPassword,
        codes: ['PASSWORD_WRONG'],
      },
      next: {
        label: t('account.newPassword'),
        hint: t('account.newPasswordHint'),
        check: checkNewPassword,
        codes: ['PASSWORD_REFUSED'],
      },
    },
    async (passwords) => {
      await guarded(() => portalClient.changePassword(passwords))
      form.set('present')
      form.set('next')
      announce(t('account.passwordChanged'))
    },
  )
  return (
    <Form form={form} label={t('account.changePassword')} submit={t('account.changePassword')}>
      <Field {...form.field('present')} type="password" autoComplete="current-password" />
      <Field {...form.field('next')} type="password" autoComplete="new-password" />
    </Form>
  )
}

function EndOthers() {
  const { t } = useTranslation()
  const form = useForm({}, async () => {
    await guarded(() => portalClient.endOtherSessions())
    announce(t('account.othersEnded'))
  })
  return <Form form={form} label={t('account.sessions')} submit={t('account.endOthers')} />
}
