import type { PortalMe, StepUpProof } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Proof } from '../../app/proof.ts'
import { portalClient, useMe } from '../../app/session.tsx'
import { Choice, Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { checkCode, checkPresentPassword } from '../../parts/form-checks.ts'
import { showPasskey } from './browser-passkey.ts'
import { PasskeyButton } from './passkey-button.tsx'
import { SignInForm } from './sign-in-form.tsx'

type Props = { readonly proof: Proof; readonly onDone: () => void }

/** In a dialog over a page: who is there, so that what was begun goes on. */
export function ProofForm({ proof, onDone }: Props) {
  const { t } = useTranslation()
  const { me, refresh } = useMe()
  const done = () => {
    void refresh()
    onDone()
  }
  if (proof === 'sign-in') {
    return (
      <div className="form">
        <p>{t('proof.signInWhy')}</p>
        <SignInForm onDone={done} />
      </div>
    )
  }
  return me && <StepUp account={me.account} onDone={done} />
}

type StepUpProps = { readonly account: PortalMe['account']; readonly onDone: () => void }

const ways = ['password', 'code'] as const
type Way = (typeof ways)[number]

function StepUp({ account, onDone }: StepUpProps) {
  const { t } = useTranslation()
  const can = { password: account.hasPassword, code: account.hasTotp }
  const offered = ways.filter((one) => can[one])
  const [way, setWay] = useState<Way | undefined>(offered[0])
  const byPasskey = async () => {
    const passkey = await showPasskey(await portalClient.passkeys.beginStepUp())
    await portalClient.stepUp({ passkey })
    onDone()
  }
  return (
    <div className="form">
      <p>{t('proof.stepUpWhy')}</p>
      {offered.length > 1 && way && (
        <Choice
          label={t('proof.way')}
          value={way}
          options={offered.map((one) => [one, t(`proof.ways.${one}`)])}
          onChoose={setWay}
        />
      )}
      {way && <StepUpForm key={way} way={way} onDone={onDone} />}
      {account.passkeys > 0 && <PasskeyButton label={t('account.byPasskey')} onAsk={byPasskey} />}
    </div>
  )
}

function StepUpForm({ way, onDone }: { readonly way: Way; readonly onDone: () => void }) {
  const { t } = useTranslation()
  const isCode = way === 'code'
  const form = useForm(
    {
      proof: {
        label: isCode ? t('account.code') : t('account.password'),
        check: isCode ? checkCode : checkPresentPassword,
        codes: ['CODE_WRONG', 'PASSWORD_WRONG', 'SIGN_IN_FAILED'],
      },
    },
    async ({ proof }) => {
      const shown: StepUpProof = isCode ? { code: proof } : { password: proof }
      await portalClient.stepUp(shown)
      onDone()
    },
  )
  return (
    <Form form={form} label={t('proof.stepUp')} submit={t('proof.goOn')}>
      <Field
        {...form.field('proof')}
        type={isCode ? 'text' : 'password'}
        autoComplete={isCode ? 'one-time-code' : 'current-password'}
        autoFocus
      />
    </Form>
  )
}
