import type { NodeObject } from '@openbsn/sdk'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Checks } from '../../../parts/checks.tsx'
import { chosenOf } from '../../../parts/form-checks.ts'

/** The map and its land come when somebody looks at it. */
const WorldMap = lazy(async () => ({
  default: (await import('../../nodes/world-map.tsx')).WorldMap,
}))

type Props = {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  /** Ids of nodes, with spaces between. */
  readonly value: string
  readonly onChange: (event: { readonly target: { readonly value: string } }) => void
  readonly nodes: readonly NodeObject[]
}

/** City nodes, chosen on the map or in the list. */
export function NodesField({ nodes, ...field }: Props) {
  const { t } = useTranslation()
  const chosen = chosenOf(field.value)
  const toggle = (node: string) => {
    const isIn = ({ id }: NodeObject) => chosen.includes(id) !== (id === node)
    const ids = nodes.filter(isIn).map(({ id }) => id)
    field.onChange({ target: { value: ids.join(' ') } })
  }
  const placeOf = ({ id, city }: NodeObject) =>
    city ? t('newService.nodeIn', { name: id, city }) : id
  return (
    <>
      {nodes.some(({ latitude }) => latitude !== undefined) && (
        <Suspense fallback={<div className="map" />}>
          <WorldMap nodes={nodes} choice={{ chosen, onToggle: toggle }} />
        </Suspense>
      )}
      <Checks {...field} options={nodes.map((one) => [one.id, placeOf(one)])} />
    </>
  )
}
