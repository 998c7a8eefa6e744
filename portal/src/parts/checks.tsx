import { useId } from 'react'
import { FieldSet, Notes } from './field.tsx'
import { chosenOf } from './form-checks.ts'

type Props = {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  /** Those that are chosen, with spaces between: a form keeps them as it keeps any other field. */
  readonly value: string
  /** A value has no space in it. */
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly onChange: (event: { readonly target: { readonly value: string } }) => void
}

/** Some of a few. */
export function Checks({ name, label, hint, error, value, options, onChange }: Props) {
  const id = useId()
  const chosen = chosenOf(value)
  const toggle = (one: string) => {
    const isIn = (each: string) => chosen.includes(each) !== (each === one)
    const next = options.map(([each]) => each).filter(isIn)
    onChange({ target: { value: next.join(' ') } })
  }
  return (
    <FieldSet id={id} className="field checks" {...{ name, label, hint, error }}>
      {options.map(([one, text]) => (
        <p key={one} className="check">
          <input
            id={`${id}-${one}`}
            type="checkbox"
            checked={chosen.includes(one)}
            onChange={() => toggle(one)}
          />
          <label htmlFor={`${id}-${one}`}>{text}</label>
        </p>
      ))}
      <Notes id={id} hint={hint} error={error} />
    </FieldSet>
  )
}
