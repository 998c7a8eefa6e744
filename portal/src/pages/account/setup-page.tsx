import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { portalClient, useMe } from '../../app/session.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkName } from '../../parts/form-checks.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { useLinkToken } from './link-token.ts'
import { NewAccountFields, useNewAccountFields } from './new-account.tsx'
import { usePortalState } from './use-portal-state.ts'

/** /setup#TOKEN: the first account, and its organisation. */
export function SetupPage() {
  const { t } = useTranslation()
  const token = useLinkToken()
  const state = usePortalState()
  return (
    <Page title={t('setup.title')} lead={t('setup.lead')}>
      <Loaded query={state}>
        {({ needsSetup }) => {
          if (!needsSetup) {
            return (
              <Empty title={t('problem.titles.SETUP_DONE')} why={t('problem.remedies.SETUP_DONE')}>
                <p>
                  <Link to="/sign-in">{t('account.signIn')}</Link>
                </p>
              </Empty>
            )
          }
          if (token === '') return <Empty title={t('setup.noLink')} why={t('setup.noLinkWhy')} />
          return <SetupForm token={token} />
        }}
      </Loaded>
    </Page>
  )
}

function SetupForm({ token }: { readonly token: string }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { refresh } = useMe()
  const account = useNewAccountFields()
  const organisation = {
    label: t('setup.organisation'),
    hint: t('setup.organisationHint'),
    check: checkName,
  }
  const form = useForm({ ...account, organisation }, async ({ name, email, password, ...rest }) => {
    const given = { name: name.trim(), email: email.trim(), password }
    await portalClient.setup({ ...given, organisation: rest.organisation.trim(), token })
    await refresh()
    // Where others reach the node, nothing is done before there is a second factor.
    const { needsSecondFactor } = await portalClient.me()
    await navigate({ to: needsSecondFactor ? '/account' : '/' })
  })
  return (
    <Form form={form} label={t('setup.title')} submit={t('setup.submit')}>
      <NewAccountFields form={form} />
      <Field {...form.field('organisation')} autoComplete="organization" dir="auto" />
    </Form>
  )
}
