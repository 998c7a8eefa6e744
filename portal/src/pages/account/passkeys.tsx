import type { PortalPasskey } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../app/proof.ts'
import { portalClient, portalKey, useMe } from '../../app/session.tsx'
import { announce } from '../../parts/announce.tsx'
import { Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkName } from '../../parts/form-checks.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { hasPasskeys, isGivenUp, makePasskey } from './browser-passkey.ts'
import { usePortalState } from './use-portal-state.ts'

/** The passkeys of an account. */
export function Passkeys() {
  const { t } = useTranslation()
  const { data: state } = usePortalState()
  const query = useQuery({
    queryKey: [portalKey, 'passkeys'],
    queryFn: () => guarded(() => portalClient.passkeys.list()),
  })
  return (
    <Section title={t('account.passkeys')} note={t('account.passkeysNote')}>
      <Loaded query={query} lines={2}>
        {(all) =>
          all.length === 0 ? (
            <p className="note">{t('account.noPasskeys')}</p>
          ) : (
            <ul className="parts">
              {all.map((one) => (
                <Passkey key={one.id} passkey={one} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {state?.passkeys && (hasPasskeys() ? <AddPasskey /> : <p>{t('account.passkeysNotHere')}</p>)}
      {state && !state.passkeys && <ByName />}
    </Section>
  )
}

/** Addresses have no passkeys; on this machine there is a name for it. */
function ByName() {
  const { t } = useTranslation()
  const { protocol, hostname, port } = location
  const address = `${protocol}//localhost${port && `:${port}`}`
  return (
    <p className="note">
      {t('account.passkeysNeedName')}{' '}
      {hostname === '127.0.0.1' && (
        <a href={`${address}/account`}>{t('account.openByName', { address })}</a>
      )}
    </p>
  )
}

function Passkey({ passkey: { id, name, created } }: { readonly passkey: PortalPasskey }) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const label = t('account.removePasskey', { name })
  const form = useForm({}, async () => {
    await guarded(() => portalClient.passkeys.remove(id))
    await refresh()
    announce(t('account.passkeyRemoved'))
  })
  return (
    <li>
      <strong>
        <bdi>{name}</bdi>
      </strong>
      <Time seconds={created} kind="wall" />
      <Form form={form} label={label} submit={label} />
    </li>
  )
}

function AddPasskey() {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const [isLeft, setLeft] = useState(false)
  const add = async (name: string) => {
    const answer = await makePasskey(await portalClient.passkeys.begin())
    await portalClient.passkeys.finish(name.trim(), answer)
  }
  const form = useForm(
    {
      name: {
        label: t('account.passkeyName'),
        hint: t('account.passkeyNameHint'),
        check: checkName,
        codes: ['PASSKEY_REFUSED', 'CHALLENGE_ENDED'],
      },
    },
    async ({ name }) => {
      setLeft(false)
      try {
        await guarded(() => add(name))
      } catch (error) {
        if (!isGivenUp(error)) throw error
        return setLeft(true)
      }
      form.set('name')
      await refresh()
      announce(t('account.passkeyAdded'))
    },
  )
  return (
    <Form form={form} label={t('account.addPasskey')} submit={t('account.addPasskey')}>
      <Field {...form.field('name')} dir="auto" />
      {isLeft && (
        <p className="error-text" role="alert">
          {t('account.passkeyGivenUp')}
        </p>
      )}
    </Form>
  )
}
