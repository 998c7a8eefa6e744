import type { NodeObject } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { geoEqualEarth, geoGraticule10, geoPath } from 'd3-geo'
import { useTranslation } from 'react-i18next'
import { feature } from 'topojson-client'
import land from 'world-atlas/land-110m.json'
import { type NodeState, nodeState } from './node-state.ts'

type Topology = Parameters<typeof feature>[0]
const topology = land as unknown as Topology
const { land: shape } = topology.objects
const [width, height] = [960, 440]

const projection = geoEqualEarth().fitExtent(
  [
    [2, 2],
    [width - 2, height - 2],
  ],
  { type: 'Sphere' },
)
const path = geoPath(projection)
const landPath = shape ? (path(feature(topology, shape)) ?? '') : ''
const linesPath = path(geoGraticule10()) ?? ''
const spherePath = path({ type: 'Sphere' }) ?? ''

type Props = {
  readonly nodes: readonly NodeObject[]
  /** Where nodes are chosen on it. */
  readonly choice?: Choice
}
type Choice = {
  readonly chosen: readonly string[]
  readonly onToggle: (node: string) => void
}

/** Land without borders, and each node where it stands: its state by shape, colour and word. */
export function WorldMap({ nodes, choice }: Props) {
  const { t } = useTranslation()
  const placed = nodes.flatMap((node) => {
    const point = placeOf(node)
    return point ? [{ node, point, state: nodeState(node) }] : []
  })
  const states = [...new Set(placed.map(({ state }) => state))]
  return (
    <figure className="map">
      <svg viewBox={`0 0 ${width} ${height}`}>
        <title>{t('nodes.mapLabel')}</title>
        <path className="map-sea" d={spherePath} />
        <path className="map-lines" d={linesPath} />
        <path className="map-land" d={landPath} />
        {placed.map((one) =>
          choice ? (
            <ChosenNode key={one.node.id} placed={one} choice={choice} />
          ) : (
            <LinkedNode key={one.node.id} placed={one} />
          ),
        )}
      </svg>
      <figcaption>
        <ul className="legend">
          {states.map((state) => (
            <li key={state} className="map-node" data-state={state}>
              <svg viewBox="-8 -8 16 16" aria-hidden="true">
                <Mark state={state} />
              </svg>
              {t(`states.${state}`)}
            </li>
          ))}
        </ul>
        <span className="faint">{t('nodes.mapNote')}</span>
      </figcaption>
    </figure>
  )
}

type Placed = {
  readonly node: NodeObject
  readonly point: readonly [number, number]
  readonly state: NodeState
}
type PlacedProps = { readonly placed: Placed }

function useLabel({ node, state }: Placed): string {
  const { t } = useTranslation()
  return t('nodes.onMap', { name: node.id, city: node.city, state: t(`states.${state}`) })
}

/** Leads to its page. */
function LinkedNode({ placed }: PlacedProps) {
  const label = useLabel(placed)
  return (
    <Link
      to="/nodes/$node"
      params={{ node: placed.node.id }}
      className="map-node"
      data-state={placed.state}
      aria-label={label}
    >
      <Point placed={placed} />
    </Link>
  )
}

/** Is chosen, or not. */
function ChosenNode({ placed, choice }: PlacedProps & { readonly choice: Choice }) {
  const label = useLabel(placed)
  const { id } = placed.node
  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture has no boxes of HTML.
    <g
      role="checkbox"
      tabIndex={0}
      aria-checked={choice.chosen.includes(id)}
      aria-label={label}
      className="map-node"
      data-state={placed.state}
      onClick={() => choice.onToggle(id)}
      onKeyDown={(event) => {
        if (event.key !== ' ') return
        event.preventDefault()
        choice.onToggle(id)
      }}
    >
      <Point placed={placed} />
    </g>
  )
}

function Point({ placed: { node, point, state } }: PlacedProps) {
  const [x, y] = point
  return (
    <g transform={`translate(${x} ${y})`}>
      <circle className="map-target" r="14" />
      <Mark state={state} />
      <text className="map-name" x="11" y="4">
        {node.id}
      </text>
    </g>
  )
}

const marks: Readonly<Record<NodeState, string>> = {
  up: 'M0 -5.5A5.5 5.5 0 1 1 0 5.5A5.5 5.5 0 1 1 0 -5.5Z',
  behind: 'M0 -6.5L6.2 5H-6.2Z',
  down: 'M-5 -5L5 5M5 -5L-5 5',
  unknown: 'M0 -6.5L6.5 0L0 6.5L-6.5 0Z',
  retired: 'M-5 -5H5V5H-5Z',
}

function Mark({ state }: { readonly state: NodeState }) {
  return <path className="map-mark" data-mark={state} d={marks[state]} />
}

/** Places are in millionths of a degree. */
function placeOf({ latitude, longitude }: NodeObject): readonly [number, number] | undefined {
  if (latitude === undefined || longitude === undefined) return undefined
  const point = projection([longitude / 1e6, latitude / 1e6])
  return point ? [Math.round(point[0] * 10) / 10, Math.round(point[1] * 10) / 10] : undefined
}
