import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { portalClient } from '../../app/session.tsx'
import { Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import {
  checkBackupCode,
  checkCode,
  checkEmail,
  checkPresentPassword,
} from '../../parts/form-checks.ts'
import { showPasskey } from './browser-passkey.ts'
import { PasskeyButton } from './passkey-button.tsx'

type Props = {
  /** Once somebody is signed in. */
  readonly onDone: () => void
}

/** Password, then a code where the account has an authenticator; or a passkey. */
export function SignInForm({ onDone }: Props) {
  const [isCode, setCode] = useState(false)
  if (isCode) return <CodeForm onDone={onDone} onBack={() => setCode(false)} />
  return <PasswordForm onDone={onDone} onCode={() => setCode(true)} />
}

function PasswordForm({ onDone, onCode }: Props & { readonly onCode: () => void }) {
  const { t } = useTranslation()
  const form = useForm(
    {
      email: { label: t('account.email'), check: checkEmail },
      password: {
        label: t('account.password'),
        check: checkPresentPassword,
        codes: ['SIGN_IN_FAILED'],
      },
    },
    async ({ email, password }) => {
      const { state } = await portalClient.signIn({ email: email.trim(), password })
      if (state === 'code') onCode()
      else onDone()
    },
  )
  const byPasskey = async () => {
    const answer = await showPasskey(await portalClient.passkeys.beginSignIn())
    await portalClient.passkeys.finishSignIn(answer)
    onDone()
  }
  return (
    <>
      <Form form={form} label={t('account.signIn')} submit={t('account.signIn')}>
        <Field {...form.field('email')} type="email" autoComplete="username" />
        <Field {...form.field('password')} type="password" autoComplete="current-password" />
      </Form>
      <div className="row">
        <PasskeyButton label={t('account.byPasskey')} onAsk={byPasskey} />
      </div>
    </>
  )
}

function CodeForm({ onDone, onBack }: Props & { readonly onBack: () => void }) {
  const { t } = useTranslation()
  const [isBackup, setBackup] = useState(false)
  const form = useForm(
    {
      code: {
        label: isBackup ? t('account.backupCode') : t('account.code'),
        hint: isBackup ? t('account.backupCodeHint') : t('account.codeHint'),
        check: isBackup ? checkBackupCode : checkCode,
        codes: ['CODE_WRONG', 'CHALLENGE_ENDED'],
      },
    },
    async ({ code }) => {
      await portalClient.signInWithCode(isBackup ? { backupCode: code.trim() } : { code })
      onDone()
    },
  )
  const other = () => {
    setBackup(!isBackup)
    form.set('code')
  }
  return (
    <Form
      form={form}
      label={t('account.secondStep')}
      submit={t('account.signIn')}
      beside={
        <>
          <button type="button" className="button quiet" onClick={other}>
            {isBackup ? t('account.useCode') : t('account.useBackup')}
          </button>
          <button type="button" className="button quiet" onClick={onBack}>
            {t('account.otherAccount')}
          </button>
        </>
      }
    >
      <Field {...form.field('code')} autoComplete="one-time-code" spellCheck={false} autoFocus />
    </Form>
  )
}
