/** Degrees; north and east are positive. */
export type Position = { readonly latitude: number; readonly longitude: number }

const earthRadiusKm = 6371
const radians = (degrees: number) => (degrees * Math.PI) / 180

/** Along a great circle, by the haversine formula: within 0.5 % of the real, flattened earth. */
export function distanceKm(a: Position, b: Position): number {
  const [north, east] = [a.latitude - b.latitude, a.longitude - b.longitude]
  const h =
    Math.sin(radians(north) / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(radians(east) / 2) ** 2
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** Light in fibre: two thirds of 299,792 km/s. */
const fibreKmPerMs = (299_792.458 * 2) / 3 / 1000

/** The least time that light needs in a fibre of this length. */
export const fibreMs = (km: number) => km / fibreKmPerMs

/** Those of `places` in order of how near they are; the order of `places` where two are equal. */
export function nearestFirst<Place extends Position>(
  from: Position,
  places: readonly Place[],
): Place[] {
  return places
    .map((place) => ({ place, km: distanceKm(from, place) }))
    .sort((a, b) => a.km - b.km)
    .map(({ place }) => place)
}
