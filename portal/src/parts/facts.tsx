import type { ReactNode } from 'react'

export type Fact = readonly [name: string, value: ReactNode]

/** Names and values; those that are undefined are left out. */
export function Facts({ facts }: { readonly facts: readonly (Fact | undefined)[] }) {
  const shown = facts.filter((one) => one !== undefined && one[1] !== undefined)
  return <dl className="facts">{shown.map((one) => one && <Row key={one[0]} fact={one} />)}</dl>
}

function Row({ fact: [name, value] }: { readonly fact: Fact }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
