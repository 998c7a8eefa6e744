/** A place in millionths of a degree, as the ledger has those of nodes: north and east count up. */
export type Coordinates = { readonly latitude: number; readonly longitude: number }

const radiusKm = 6371
const radians = (microdegrees: number) => (microdegrees / 1_000_000) * (Math.PI / 180)

/** Along the surface of the Earth, taken as a ball: right to half a percent. */
export function distanceKm(a: Coordinates, b: Coordinates): number {
  const [north, south] = [radians(a.latitude), radians(b.latitude)]
  const half = (angle: number) => Math.sin(angle / 2) ** 2
  const chord =
    half(north - south) +
    Math.cos(north) * Math.cos(south) * half(radians(a.longitude - b.longitude))
  return 2 * radiusKm * Math.asin(Math.min(1, Math.sqrt(chord)))
}
