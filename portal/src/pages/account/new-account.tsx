import { useTranslation } from 'react-i18next'
import { Field } from '../../parts/field.tsx'
import type { FieldSpec, FormState } from '../../parts/form.tsx'
import { checkEmail, checkName, checkNewPassword } from '../../parts/form-checks.ts'

export type NewAccountField = 'name' | 'email' | 'password'

/** The fields of a new account, as setup and invitations have them. */
export function useNewAccountFields(): Readonly<Record<NewAccountField, FieldSpec>> {
  const { t } = useTranslation()
  return {
    name: { label: t('account.name'), hint: t('account.nameHint'), check: checkName },
    email: {
      label: t('account.email'),
      hint: t('account.emailHint'),
      check: checkEmail,
      codes: ['ACCOUNT_EXISTS'],
    },
    password: {
      label: t('account.newPassword'),
      hint: t('account.newPasswordHint'),
      check: checkNewPassword,
      codes: ['PASSWORD_REFUSED'],
    },
  }
}

type FieldProps = Omit<ReturnType<FormState<NewAccountField>['field']>, 'name'>
type Props = {
  /** It may have others too. */
  readonly form: {
    readonly field: (name: NewAccountField) => FieldProps & { readonly name: string }
  }
}

/** Name, e-mail and password of somebody new. */
export function NewAccountFields({ form }: Props) {
  return (
    <>
      <Field {...form.field('name')} autoComplete="name" dir="auto" />
      <Field {...form.field('email')} type="email" autoComplete="username" />
      <Field {...form.field('password')} type="password" autoComplete="new-password" />
    </>
  )
}
