import { isCodedError } from '@openbsn/sdk'
import { type FormEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Check } from './form-checks.ts'
import { Icon } from './icon.tsx'
import { Problem } from './problem.tsx'

export type FieldSpec = {
  readonly label: string
  readonly hint?: string | undefined
  readonly check?: Check | undefined
  readonly initial?: string | undefined
  /** Refusals of the server that are about this field. */
  readonly codes?: readonly string[]
}

export type Values<N extends string> = Readonly<Record<N, string>>

export type FormState<N extends string> = {
  readonly values: Values<N>
  readonly isBusy: boolean
  /** What a `Field` needs for the field of that name. */
  readonly field: (name: N) => {
    readonly name: N
    readonly label: string
    readonly hint: string | undefined
    readonly error: string | undefined
    readonly value: string
    readonly onChange: (event: { readonly target: { readonly value: string } }) => void
  }
  /** Puts a text into a field; without one, what it held at first. */
  readonly set: (name: N, text?: string) => void
  readonly wrong: Wrong<N> | undefined
  readonly onSubmit: (event: FormEvent) => void
}

type Wrong<N extends string> = {
  readonly fields: Partial<Record<N, string>>
  /** What is about no field. */
  readonly error?: unknown
}

/**
 * A form: what is wrong is said at each field and in a summary, what was typed stays, and it is
 * sent once however often its button is pressed.
 */
export function useForm<N extends string>(
  specs: Readonly<Record<N, FieldSpec>>,
  send: (values: Values<N>) => Promise<unknown>,
): FormState<N> {
  const { t } = useTranslation()
  const names = Object.keys(specs) as N[]
  const [values, setValues] = useState(
    () => Object.fromEntries(names.map((name) => [name, specs[name].initial ?? ''])) as Values<N>,
  )
  const [wrong, setWrong] = useState<Wrong<N>>()
  const [isBusy, setBusy] = useState(false)
  const isSending = useRef(false)

  function faults(): Partial<Record<N, string>> {
    const found = names.flatMap((name) => {
      const fault = specs[name].check?.(values[name])
      if (!fault) return []
      const { what, count, like } = fault
      return [[name, t(`form.faults.${what}`, { count, like })]]
    })
    return Object.fromEntries(found) as Partial<Record<N, string>>
  }

  function refused(error: unknown): Wrong<N> {
    const code = isCodedError(error) ? error.code : undefined
    const at = names.find((name) => code !== undefined && specs[name].codes?.includes(code))
    if (at === undefined || code === undefined) return { fields: {}, error }
    const text = `${t(`problem.titles.${code}`)}. ${t(`problem.remedies.${code}`)}`
    return { fields: { [at]: text } as Partial<Record<N, string>> }
  }

  async function submit(): Promise<void> {
    if (isSending.current) return
    const fields = faults()
    if (Object.keys(fields).length > 0) return setWrong({ fields })
    isSending.current = true
    setBusy(true)
    try {
      await send(values)
      setWrong(undefined)
    } catch (error) {
      setWrong(refused(error))
    } finally {
      isSending.current = false
      setBusy(false)
    }
  }

  const set = (name: N, text = specs[name].initial ?? '') =>
    setValues((before) => ({ ...before, [name]: text }))
  return {
    ...{ values, isBusy, wrong, set },
    field: (name) => ({
      ...{ name, label: specs[name].label, hint: specs[name].hint },
      error: wrong?.fields[name],
      value: values[name],
      onChange: ({ target }) => set(name, target.value),
    }),
    onSubmit: (event) => {
      event.preventDefault()
      // A dialog of a page is inside of the page's form for React, though not in the document.
      event.stopPropagation()
      void submit()
    },
  }
}

type FormProps<N extends string> = {
  readonly form: FormState<N>
  readonly label: string
  /** What its button says. */
  readonly submit: string
  readonly children?: ReactNode
  /** Other ways, beside the button. */
  readonly beside?: ReactNode
}

/** The summary of what is wrong, the fields, and the button. */
export function Form<N extends string>({ form, label, submit, children, beside }: FormProps<N>) {
  const { t } = useTranslation()
  const ref = useRef<HTMLFormElement>(null)
  return (
    <form ref={ref} className="form" noValidate aria-label={label} onSubmit={form.onSubmit}>
      {form.wrong && (
        <Summary wrong={form.wrong} form={ref} labelOf={(name) => form.field(name).label} />
      )}
      {children}
      <div className="row">
        <button type="submit" className="button" aria-disabled={form.isBusy || undefined}>
          {form.isBusy ? t('form.busy') : submit}
        </button>
        {beside}
      </div>
    </form>
  )
}

type SummaryProps<N extends string> = {
  readonly wrong: Wrong<N>
  readonly form: RefObject<HTMLFormElement | null>
  /** Said before each fault: two fields can have the same one. */
  readonly labelOf: (name: N) => string
}

/** Gets the focus each time that something is wrong. */
function Summary<N extends string>({ wrong, form, labelOf }: SummaryProps<N>) {
  const { t } = useTranslation()
  const ref = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time it was sent.
  useEffect(() => ref.current?.focus(), [wrong])
  const faults = Object.entries(wrong.fields) as [N, string][]
  const goTo = (name: N) => {
    const field = form.current?.elements.namedItem(name)
    if (field instanceof HTMLElement) field.focus()
  }
  return (
    <div ref={ref} tabIndex={-1} className="form-summary">
      {wrong.error !== undefined && <Problem error={wrong.error} />}
      {faults.length > 0 && (
        <section className="problem">
          <h2>
            <Icon name="warning" />
            {t('form.wrong', { count: faults.length })}
          </h2>
          <ul>
            {faults.map(([name, text]) => (
              <li key={name}>
                <button type="button" className="link" onClick={() => goTo(name)}>
                  {t('form.at', { label: labelOf(name), text })}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}
