import { Field } from '../../../parts/field.tsx'
import type { FieldSpec, FormState } from '../../../parts/form.tsx'
import { FormInput } from '../../../parts/form-input.tsx'
import { checkWei, inputOf, type Parameter } from './abi.ts'

/** Fields made of what a contract says that it takes. */

const nameOf = (place: number) => `argument-${place}`
export const weiField = 'wei'

type Given = {
  readonly inputs: readonly Parameter[]
  /** The label of the field of wei; undefined where nothing is paid. */
  readonly wei?: string | undefined
  readonly hints?: readonly (string | undefined)[] | undefined
  readonly initial?: (parameter: Parameter) => string | undefined
}

/** What `useForm` needs for the parameters. */
export function abiSpecs({ inputs, wei, hints = [], initial }: Given): Record<string, FieldSpec> {
  const specs = inputs.map((one, place): [string, FieldSpec] => {
    const { label, check, options } = inputOf(one, place)
    const first = initial?.(one) ?? options?.[0]
    return [nameOf(place), { label, check, hint: hints[place], initial: first }]
  })
  const paid = wei === undefined ? [] : [[weiField, { label: wei, check: checkWei }] as const]
  return Object.fromEntries([...specs, ...paid])
}

/** The arguments, in order, as the gateway takes them. */
export function abiValues(
  inputs: readonly Parameter[],
  values: Readonly<Record<string, string>>,
): readonly unknown[] {
  return inputs.map((one, place) => inputOf(one, place).read(values[nameOf(place)] ?? ''))
}

/** What is paid, for a call; nothing where nothing was typed. */
export function paidIn(values: Readonly<Record<string, string>>): { readonly value?: string } {
  const wei = (values[weiField] ?? '').trim()
  return wei === '' ? {} : { value: wei }
}

type FieldsProps = {
  readonly form: FormState<string>
  readonly inputs: readonly Parameter[]
  readonly isPayable: boolean
}

export function AbiFields({ form, inputs, isPayable }: FieldsProps) {
  return (
    <>
      {inputs.map((one, place) => (
        <AbiField key={nameOf(place)} form={form} parameter={one} place={place} />
      ))}
      {isPayable && <Field {...form.field(weiField)} autoComplete="off" inputMode="numeric" />}
    </>
  )
}

type FieldProps = {
  readonly form: FormState<string>
  readonly parameter: Parameter
  readonly place: number
}

function AbiField({ form, parameter, place }: FieldProps) {
  const { options } = inputOf(parameter, place)
  return <FormInput form={form} name={nameOf(place)} options={options} />
}
