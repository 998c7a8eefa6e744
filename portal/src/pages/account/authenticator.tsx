import type { PortalMe } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../app/proof.ts'
import { portalClient, useMe } from '../../app/session.tsx'
import { announce } from '../../parts/announce.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkCode, checkPresentPassword } from '../../parts/form-checks.ts'
import { Section } from '../../parts/page.tsx'
import { BackupCodes } from './backup-codes.tsx'

type Account = PortalMe['account']
type Begun = { readonly uri: string; readonly backupCodes: readonly string[] }

/** The authenticator of an account, and its backup codes. */
export function Authenticator({ account }: { readonly account: Account }) {
  const { t } = useTranslation()
  const [begun, setBegun] = useState<Begun>()
  const { refresh } = useMe()
  const done = async () => {
    await refresh()
    setBegun(undefined)
    announce(t('account.totpDone'))
  }
  const begin = async (password?: string) => setBegun(await portalClient.totp.begin(password))
  return (
    <Section title={t('account.totp')} note={t('account.totpNote')}>
      {begun && <Confirm begun={begun} onDone={done} />}
      {!begun && account.hasTotp && <TurnedOn account={account} />}
      {!begun && !account.hasTotp && (
        <PasswordForm account={account} submit={t('account.totpBegin')} onSend={begin} />
      )}
    </Section>
  )
}

type PasswordProps = {
  readonly account: Account
  readonly submit: string
  readonly onSend: (password?: string) => Promise<unknown>
}

/** A button with the password, where the account has one. */
function PasswordForm({ account, submit, onSend }: PasswordProps) {
  const { t } = useTranslation()
  const form = useForm(
    {
      password: {
        label: t('account.presentPassword'),
        check: account.hasPassword ? checkPresentPassword : undefined,
        codes: ['PASSWORD_WRONG'],
      },
    },
    async ({ password }) => {
      await guarded(() => onSend(account.hasPassword ? password : undefined))
      form.set('password')
    },
  )
  return (
    <Form form={form} label={submit} submit={submit}>
      {account.hasPassword && (
        <Field {...form.field('password')} type="password" autoComplete="current-password" />
      )}
    </Form>
  )
}

type ConfirmProps = { readonly begun: Begun; readonly onDone: () => Promise<void> }

function Confirm({ begun: { uri, backupCodes }, onDone }: ConfirmProps) {
  const { t } = useTranslation()
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  const form = useForm(
    {
      code: {
        label: t('account.code'),
        hint: t('account.codeHint'),
        check: checkCode,
        codes: ['CODE_WRONG'],
      },
    },
    async ({ code }) => {
      await guarded(() => portalClient.totp.confirm(code))
      await onDone()
    },
  )
  return (
    <>
      <p>{t('account.totpAdd')}</p>
      <h3>{t('account.totpSecret')}</h3>
      <CodeBlock text={secret} what={t('account.totpSecret')} />
      <h3>{t('account.totpUri')}</h3>
      <CodeBlock text={uri} what={t('account.totpUri')} />
      <BackupCodes codes={backupCodes}>
        <Form form={form} label={t('account.totpConfirm')} submit={t('account.totpConfirm')}>
          <Field {...form.field('code')} autoComplete="one-time-code" spellCheck={false} />
        </Form>
      </BackupCodes>
    </>
  )
}

function TurnedOn({ account }: { readonly account: Account }) {
  const { t } = useTranslation()
  const { refresh } = useMe()
  const [codes, setCodes] = useState<readonly string[]>()
  const remove = async (password?: string) => {
    await portalClient.totp.remove(password)
    await refresh()
    announce(t('account.totpRemoved'))
  }
  const renew = async (password?: string) =>
    setCodes(await portalClient.totp.newBackupCodes(password))
  if (codes) {
    return (
      <BackupCodes codes={codes}>
        <button type="button" className="button" onClick={() => setCodes(undefined)}>
          {t('account.codesDone')}
        </button>
      </BackupCodes>
    )
  }
  return (
    <>
      <p>{t('account.totpOn')}</p>
      <details>
        <summary>{t('account.newCodes')}</summary>
        <PasswordForm account={account} submit={t('account.newCodes')} onSend={renew} />
      </details>
      <details>
        <summary>{t('account.totpRemove')}</summary>
        <PasswordForm account={account} submit={t('account.totpRemove')} onSend={remove} />
      </details>
    </>
  )
}
