import type { PortalMe } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { portalClient, useMe, useOrganisation } from '../../app/session.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { ExactTime } from '../../parts/time.tsx'
import { useLinkToken } from './link-token.ts'
import { NewAccountFields, useNewAccountFields } from './new-account.tsx'

/** /sign-up#TOKEN: an invitation, for somebody new or for whoever is signed in. */
export function SignUpPage() {
  const { t } = useTranslation()
  const token = useLinkToken()
  return (
    <Page title={t('signUp.title')} lead={t('signUp.lead')}>
      {token === '' ? (
        <Empty title={t('signUp.noLink')} why={t('signUp.noLinkWhy')} />
      ) : (
        <Invitation key={token} token={token} />
      )}
    </Page>
  )
}

function Invitation({ token }: { readonly token: string }) {
  const { t } = useTranslation()
  const { me } = useMe()
  const query = useQuery({
    // What is asked with a link is asked once: it is used up by the form below.
    queryKey: ['portal-invitation'],
    queryFn: () => portalClient.invitations.look(token),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  return (
    <Loaded query={query}>
      {({ organisation, role, invitedBy, expires }) => (
        <>
          <Facts
            facts={[
              [t('organisation.title'), <bdi key="organisation">{organisation}</bdi>],
              [t('organisation.role'), `${t(`roles.${role}`)}: ${t(`roleNotes.${role}`)}`],
              [t('organisation.invitedBy'), <bdi key="by">{invitedBy}</bdi>],
              [t('organisation.expires'), <ExactTime key="expires" seconds={expires} />],
            ]}
          />
          {me ? <Accept token={token} me={me} /> : <SignUpForm token={token} />}
        </>
      )}
    </Loaded>
  )
}

/** Where to go once somebody is a member. */
function useArrive(): (organisation?: string) => Promise<void> {
  const navigate = useNavigate()
  const { refresh } = useMe()
  const { choose } = useOrganisation()
  return async (organisation) => {
    if (organisation !== undefined) choose(organisation)
    await refresh()
    await navigate({ to: '/organisation' })
  }
}

function Accept({ token, me }: { readonly token: string; readonly me: PortalMe }) {
  const { t } = useTranslation()
  const arrive = useArrive()
  const form = useForm({}, async () => {
    const { organisation } = await portalClient.invitations.accept(token)
    await arrive(organisation)
  })
  return (
    <Form form={form} label={t('signUp.title')} submit={t('signUp.accept')}>
      <p>{t('signUp.acceptAs', { name: me.account.name, email: me.account.email })}</p>
    </Form>
  )
}

function SignUpForm({ token }: { readonly token: string }) {
  const { t } = useTranslation()
  const arrive = useArrive()
  const form = useForm(useNewAccountFields(), async ({ name, email, password }) => {
    const given = { name: name.trim(), email: email.trim(), password }
    await portalClient.signUp({ ...given, token })
    await arrive()
  })
  return (
    <Form form={form} label={t('signUp.title')} submit={t('signUp.submit')}>
      <NewAccountFields form={form} />
      <p className="note">
        {t('signUp.hasAccount')}{' '}
        <Link to="/sign-in" search={{ back: '/sign-up' }}>
          {t('account.signIn')}
        </Link>
      </p>
    </Form>
  )
}
