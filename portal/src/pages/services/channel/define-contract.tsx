import { decodeCbor, fromBase64url, type PortalAct } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useAct } from '../../../app/session.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { type Check, checkIfGiven, checkText } from '../../../parts/form-checks.ts'
import { RegisteredAct } from '../../explore/registered.tsx'
import { useDraft } from '../own/use-draft.ts'
import { presetNames, presetPackage } from './preset-functions.ts'

type Done = { readonly act: PortalAct; readonly name: string }
type Wish = { readonly name: string; readonly package: string; readonly policy?: string }

const checkName: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  const isName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text.trim())
  return isName ? undefined : { what: 'like', like: 'books' }
}

const policyLengthMax = 1024

/** Puts a contract on the channel of a service, or another package under its name. */
export function DefineContract({ service }: { readonly service: string }) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const queries = useQueryClient()
  const define = useDefine(service)
  const [preset, setPreset] = useState(presetNames[0] ?? '')
  const [done, setDone] = useState<Done>()
  const form = useForm(
    {
      name: {
        label: t('channel.define.name'),
        hint: t('channel.define.nameHint'),
        check: checkName,
      },
      policy: {
        label: t('channel.define.policy'),
        hint: t('channel.define.policyHint'),
        check: checkIfGiven(checkText(policyLengthMax)),
      },
    },
    async (values) => {
      const [name, policy] = [values.name.trim(), values.policy.trim()]
      setDone(undefined)
      const wish = { name, package: presetPackage(preset), ...(policy === '' ? {} : { policy }) }
      setDone({ act: await define(wish), name })
      await queries.invalidateQueries({ queryKey: [ledger] })
    },
  )
  return (
    <div className="stack">
      <Form form={form} label={t('channel.define.title')} submit={t('channel.define.submit')}>
        <Choice
          label={t('channel.package')}
          value={preset}
          options={presetNames.map((one) => [one, t(`channel.presets.${one}`)] as const)}
          onChoose={setPreset}
        />
        <Field {...form.field('name')} autoComplete="off" spellCheck={false} />
        <Field {...form.field('policy')} autoComplete="off" spellCheck={false} />
      </Form>
      {done && (
        <>
          <RegisteredAct act={done.act} />
          <p>
            <Link
              className="button quiet"
              to="/services/$service"
              params={{ service }}
              search={{ tab: 'contracts', contract: done.name }}
            >
              {t('channel.define.open', { name: done.name })}
            </Link>
          </p>
        </>
      )}
    </div>
  )
}

/** The same wish again, while no answer came, is the same definition. */
function useDefine(service: string) {
  const { id: ledger, client } = useLedger()
  const act = useAct()
  const draft = useDraft<number>()
  const next = async ({ name }: Wish): Promise<number> => {
    const { value } = await client.state(`contract/${service}/${name}`)
    const bytes = value === null ? undefined : fromBase64url(value)
    const object = bytes && decodeCbor(bytes)
    return object instanceof Map ? Number(object.get('sequence')) + 1 : 1
  }
  return (wish: Wish): Promise<PortalAct> =>
    draft(
      wish,
      () => next(wish),
      (sequence) => act('contract-define', { service, ...wish, sequence }, { ledger }),
    )
}
