import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checks } from '../../../parts/checks.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkSome } from '../../../parts/form-checks.ts'
import { More } from '../../../parts/more.tsx'
import { NodesField } from './nodes-field.tsx'
import { RolesField } from './roles-field.tsx'
import {
  checkRoles,
  checkServiceName,
  type LedgerOffers,
  type Offer,
  rolesText,
  type ServiceChoices,
} from './service-choices.ts'

export type Chosen = ServiceChoices & { readonly ledger: string }

type Props = {
  /** At least one. */
  readonly all: readonly LedgerOffers[]
  readonly publish: (chosen: Chosen) => Promise<void>
}

const keyModes = ['key-trust', 'public-key-upload'] as const
const readers = ['anyone', 'credentials'] as const
const accesses = ['invitation', 'open'] as const
const begins = ['published', 'draft'] as const
const firstChoices = {
  keyMode: 'key-trust' as (typeof keyModes)[number],
  readers: 'anyone' as (typeof readers)[number],
  access: 'invitation' as (typeof accesses)[number],
  begin: 'published' as (typeof begins)[number],
}
type Choices = typeof firstChoices

const namesOf = (offer: Offer | undefined) => offer?.functions.map(({ name }) => name) ?? []

/** What a service is: its name first, and what most leave as it is behind a line each. */
export function NewServiceForm({ all, publish }: Props) {
  const { t } = useTranslation()
  const [ledgerId, setLedger] = useState(all[0]?.ledger.id ?? '')
  const [framework, setFramework] = useState(all[0]?.offers[0]?.name ?? '')
  const [choices, setChoices] = useState(firstChoices)
  const { offers = [] } = all.find(({ ledger }) => ledger.id === ledgerId) ?? {}
  const offer = offers.find(({ name }) => name === framework) ?? offers[0]
  const form = useForm(
    {
      name: {
        label: t('newService.name'),
        hint: t('newService.nameHint'),
        check: checkServiceName,
        codes: ['ACT_CONFLICT'],
      },
      functions: {
        label: t('newService.functions'),
        initial: namesOf(offer).join(' '),
        check: checkSome,
      },
      roles: {
        label: t('newService.roles'),
        hint: t('newService.rolesHint'),
        initial: rolesText([]),
        check: checkRoles,
      },
      nodes: { label: t('newService.nodes'), hint: t('newService.nodesHint') },
    },
    (values) => {
      const { begin, ...chosen } = choices
      const isDraft = begin === 'draft'
      const own = { ledger: ledgerId, framework: offer?.name ?? '', isDraft }
      return publish({ ...values, ...chosen, ...own })
    },
  )
  /** Another kind of services has other functions and other nodes. */
  const turnTo = (ledger: string, name: string) => {
    const other = all.find((one) => one.ledger.id === ledger)?.offers ?? []
    const next = other.find((one) => one.name === name) ?? other[0]
    setLedger(ledger)
    setFramework(next?.name ?? '')
    form.set('functions', namesOf(next).join(' '))
    form.set('roles')
    form.set('nodes')
  }
  return (
    <Form form={form} label={t('newService.title')} submit={t('newService.submit')}>
      <Field {...form.field('name')} autoComplete="off" spellCheck={false} />
      <Choice
        label={t('service.environment')}
        value={ledgerId}
        options={all.map(({ ledger: { id, environment, group, name } }) => [
          id,
          `${t(`newService.environments.${environment}`)} · ${group ?? name}`,
        ])}
        onChoose={(id) => turnTo(id, framework)}
      />
      <Choice
        label={t('services.framework')}
        value={offer?.name ?? ''}
        options={offers.map(({ name }) => [name, nameOf(t, name)])}
        onChoose={(name) => turnTo(ledgerId, name)}
      />
      <Usual choices={choices} onChoose={(more) => setChoices({ ...choices, ...more })} />
      <More
        title={t('newService.moreFunctions')}
        isWrong={
          form.wrong?.fields.functions !== undefined || form.wrong?.fields.roles !== undefined
        }
      >
        <Checks {...form.field('functions')} options={namesOf(offer).map((one) => [one, one])} />
        <RolesField {...form.field('roles')} functions={namesOf(offer)} />
      </More>
      {offer && offer.nodes.length > 0 && (
        <More title={t('newService.moreNodes')}>
          <NodesField {...form.field('nodes')} nodes={offer.nodes} />
        </More>
      )}
    </Form>
  )
}

const nameOf = (t: TFunction, name: string) =>
  t(`newService.frameworks.${name}`, { defaultValue: name })

type UsualProps = {
  readonly choices: Choices
  readonly onChoose: (more: Partial<Choices>) => void
}

/** What every kind of services has. */
function Usual({ choices, onChoose }: UsualProps) {
  const { t } = useTranslation()
  return (
    <>
      <Choice
        label={t('service.keyMode')}
        value={choices.keyMode}
        options={keyModes.map((one) => [one, t(`newService.keyModes.${one}`)])}
        onChoose={(keyMode) => onChoose({ keyMode })}
      />
      <Choice
        label={t('services.read')}
        value={choices.readers}
        options={readers.map((one) => [one, t(`service.reads.${one}`)])}
        onChoose={(one) => onChoose({ readers: one })}
      />
      <More title={t('newService.more')}>
        <Choice
          label={t('service.access')}
          value={choices.access}
          options={accesses.map((one) => [one, t(`service.accesses.${one}`)])}
          onChoose={(access) => onChoose({ access })}
        />
        <Choice
          label={t('newService.begin')}
          value={choices.begin}
          options={begins.map((one) => [one, t(`newService.begins.${one}`)])}
          onChoose={(begin) => onChoose({ begin })}
        />
      </More>
    </>
  )
}
