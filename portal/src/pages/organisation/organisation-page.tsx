import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../app/proof.ts'
import {
  type Organisation,
  portalClient,
  RequireAccount,
  useMe,
  useOrganisation,
} from '../../app/session.tsx'
import { announce } from '../../parts/announce.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkName } from '../../parts/form-checks.ts'
import { Page, Section } from '../../parts/page.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { Acts } from './acts.tsx'
import { Invitations } from './invitations.tsx'
import { Members } from './members.tsx'

const route = getRouteApi('/organisation')

/** /organisation: who works for it, and what they did. */
export function OrganisationPage() {
  return (
    <RequireAccount>
      <Chosen />
    </RequireAccount>
  )
}

function Chosen() {
  const { t } = useTranslation()
  const { organisation } = useOrganisation()
  const { me } = useMe()
  if (organisation) return <Shown key={organisation.id} organisation={organisation} />
  return (
    <Page title={t('organisation.title')}>
      <Empty title={t('organisation.none')} why={t('organisation.noneWhy')}>
        {me?.account.isAdministrator && <Create />}
      </Empty>
    </Page>
  )
}

function Shown({ organisation }: { readonly organisation: Organisation }) {
  const { t } = useTranslation()
  const { tab = 'members' } = route.useSearch()
  const { me } = useMe()
  const { may } = useOrganisation()
  const navigate = route.useNavigate()
  const { role } = organisation
  return (
    <Page
      title={organisation.name}
      over={t('organisation.title')}
      lead={`${t('organisation.lead')} ${t('organisation.yourRole', {
        role: t(`roles.${role}`),
        what: t(`roleNotes.${role}`),
      })}`}
    >
      <Tabs
        label={t('organisation.title')}
        selected={tab}
        onSelect={(next) => void navigate({ search: (before) => ({ ...before, tab: next }) })}
        tabs={[
          {
            id: 'members',
            title: t('organisation.tabs.members'),
            content: () => (
              <>
                <Members organisation={organisation} />
                {may('invitation-create') && <Invitations organisation={organisation} />}
                {may('organisation-rename') && <Rename organisation={organisation} />}
                {me?.account.isAdministrator && <Create />}
              </>
            ),
          },
          {
            id: 'acts',
            title: t('organisation.tabs.acts'),
            content: () => <Acts organisation={organisation.id} />,
          },
        ]}
      />
    </Page>
  )
}

function Rename({ organisation: { id, name } }: { readonly organisation: Organisation }) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const form = useForm(
    { name: { label: t('organisation.name'), check: checkName, initial: name } },
    async (values) => {
      await guarded(() => portalClient.organisations.rename(id, values.name.trim()))
      await refresh()
      announce(t('organisation.renamed'))
    },
  )
  return (
    <Section title={t('organisation.rename')}>
      <Form form={form} label={t('organisation.rename')} submit={t('organisation.rename')}>
        <Field {...form.field('name')} dir="auto" />
      </Form>
    </Section>
  )
}

/** Administrators of the node make organisations. */
function Create() {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const { choose } = useOrganisation()
  const form = useForm(
    { name: { label: t('organisation.name'), check: checkName } },
    async ({ name }) => {
      const { id } = await guarded(() => portalClient.organisations.create(name.trim()))
      form.set('name')
      await refresh()
      choose(id)
    },
  )
  return (
    <Section title={t('organisation.create')}>
      <Form form={form} label={t('organisation.create')} submit={t('organisation.create')}>
        <Field {...form.field('name')} dir="auto" />
      </Form>
    </Section>
  )
}
