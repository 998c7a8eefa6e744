import { Choice, Field } from './field.tsx'
import type { FormState } from './form.tsx'

type Props = {
  readonly form: FormState<string>
  readonly name: string
  /** One of these; any text where absent. */
  readonly options?: readonly string[] | undefined
  readonly wordOf?: (option: string) => string
}

/** The field of a form that was made from a description. */
export function FormInput({ form, name, options, wordOf = (one) => one }: Props) {
  const { label, value, ...field } = form.field(name)
  if (!options) {
    return (
      <Field
        {...field}
        label={label}
        value={value}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
      />
    )
  }
  return (
    <Choice
      label={label}
      value={value}
      options={options.map((one) => [one, wordOf(one)] as const)}
      onChoose={(one) => form.set(name, one)}
    />
  )
}
