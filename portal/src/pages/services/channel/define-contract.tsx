import type { PortalAct, SentPackage } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { portalClient, useOrganisation } from '../../../app/session.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { type Check, checkIfGiven, checkText } from '../../../parts/form-checks.ts'
import { type Archive, ArchiveField } from './archive-field.tsx'
import { Defined } from './defined.tsx'
import { presetNames, presetPackage } from './preset-functions.ts'
import { useDefine } from './use-define.ts'

const checkName: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  const isName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text.trim())
  return isName ? undefined : { what: 'like', like: 'books' }
}

const policyLengthMax = 1024
/** No preset has this name. */
const own = ''
const checkChosen: Check = (digest) => (digest === '' ? { what: 'empty' } : undefined)

type Done = { readonly act: PortalAct | undefined; readonly name: string }

/** Puts a contract on the channel of a service, or another package under its name. */
export function DefineContract({ service }: { readonly service: string }) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const queries = useQueryClient()
  const define = useDefine(service)
  const sendArchive = useSendArchive(service)
  const [preset, setPreset] = useState(presetNames[0] ?? own)
  const [archive, setArchive] = useState<Archive>()
  const [done, setDone] = useState<Done>()
  const [sent, setSent] = useState<readonly SentPackage[]>([])
  const isOwn = preset === own
  const form = useForm(
    {
      archive: {
        label: t('channel.archive.label'),
        hint: t('channel.archive.hint'),
        check: isOwn ? checkChosen : undefined,
      },
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
      setSent([])
      const packaged = isOwn ? values.archive : presetPackage(preset)
      const wish = { name, package: packaged, ...(policy === '' ? {} : { policy }) }
      setDone({ act: await define(wish), name })
      if (isOwn && archive) setSent(await sendArchive(archive))
      await queries.invalidateQueries({ queryKey: [ledger] })
    },
  )
  const take = (one: Archive) => {
    setArchive(one)
    form.set('archive', one.digest)
  }
  return (
    <div className="stack">
      <Form
        form={form}
        label={t('channel.define.title')}
        submit={t(isOwn ? 'channel.define.submitOwn' : 'channel.define.submit')}
      >
        <Choice
          label={t('channel.package')}
          value={preset}
          options={[
            ...presetNames.map((one) => [one, t(`channel.presets.${one}`)] as const),
            [own, t('channel.archive.own')] as const,
          ]}
          onChoose={setPreset}
        />
        {isOwn && <ArchiveField {...form.field('archive')} archive={archive} onArchive={take} />}
        <Field {...form.field('name')} autoComplete="off" spellCheck={false} />
        <Field {...form.field('policy')} autoComplete="off" spellCheck={false} />
      </Form>
      {done && <Defined service={service} {...done} sent={sent} />}
    </div>
  )
}

function useSendArchive(service: string) {
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  return async (archive: Archive): Promise<readonly SentPackage[]> => {
    if (!organisation) throw new TypeError('a package is sent for an organisation')
    return portalClient.sendPackage(organisation.id, { ledger, service }, archive)
  }
}
