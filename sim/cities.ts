import type { Place } from './network.ts'

/** A city that has a node. */
export type City = Place & {
  readonly name: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly continent: Continent
}

/** Name, country, latitude and longitude in hundredths of a degree, about a kilometre. */
const table = {
  Asia: `
    Tokyo JP 35.68 139.69|Osaka JP 34.69 135.50|Nagoya JP 35.18 136.91|Fukuoka JP 33.59 130.40|
    Sapporo JP 43.06 141.35|Seoul KR 37.57 126.98|Busan KR 35.18 129.08|Beijing CN 39.90 116.41|
    Shanghai CN 31.23 121.47|Guangzhou CN 23.13 113.26|Shenzhen CN 22.54 114.06|
    Chengdu CN 30.57 104.07|Chongqing CN 29.56 106.55|Wuhan CN 30.59 114.31|
    Hangzhou CN 30.27 120.16|Nanjing CN 32.06 118.80|Xian CN 34.34 108.94|Tianjin CN 39.08 117.20|
    Qingdao CN 36.07 120.38|Dalian CN 38.91 121.61|Harbin CN 45.80 126.53|Shenyang CN 41.81 123.43|
    Kunming CN 25.04 102.72|Urumqi CN 43.83 87.62|Lanzhou CN 36.06 103.83|Changsha CN 28.23 112.94|
    Xiamen CN 24.48 118.09|Guiyang CN 26.65 106.63|Hong Kong HK 22.32 114.17|Macau MO 22.20 113.54|
    Taipei TW 25.03 121.57|Kaohsiung TW 22.63 120.30|Ulaanbaatar MN 47.89 106.91|
    Manila PH 14.60 120.98|Cebu PH 10.32 123.89|Davao PH 7.19 125.46|Hanoi VN 21.03 105.85|
    Ho Chi Minh City VN 10.82 106.63|Da Nang VN 16.05 108.20|Bangkok TH 13.76 100.50|
    Chiang Mai TH 18.79 98.98|Phnom Penh KH 11.56 104.92|Vientiane LA 17.98 102.63|
    Yangon MM 16.87 96.20|Kuala Lumpur MY 3.14 101.69|Penang MY 5.41 100.33|
    Singapore SG 1.35 103.82|Jakarta ID -6.21 106.85|Surabaya ID -7.26 112.75|
    Bandung ID -6.92 107.62|Medan ID 3.60 98.67|Makassar ID -5.15 119.43|
    Bandar Seri Begawan BN 4.90 114.94|Delhi IN 28.61 77.21|Mumbai IN 19.08 72.88|
    Bengaluru IN 12.97 77.59|Chennai IN 13.08 80.27|Hyderabad IN 17.39 78.49|Kolkata IN 22.57 88.36|
    Pune IN 18.52 73.86|Ahmedabad IN 23.02 72.57|Jaipur IN 26.91 75.79|Kochi IN 9.93 76.27|
    Colombo LK 6.93 79.86|Dhaka BD 23.81 90.41|Chittagong BD 22.36 91.78|Kathmandu NP 27.72 85.32|
    Thimphu BT 27.47 89.64|Male MV 4.18 73.51|Karachi PK 24.86 67.01|Lahore PK 31.52 74.36|
    Islamabad PK 33.68 73.05|Kabul AF 34.56 69.21|Tashkent UZ 41.30 69.24|Samarkand UZ 39.65 66.96|
    Almaty KZ 43.24 76.89|Astana KZ 51.17 71.45|Bishkek KG 42.87 74.57|Dushanbe TJ 38.56 68.79|
    Tehran IR 35.69 51.39|Baghdad IQ 33.32 44.37|Riyadh SA 24.71 46.68|Jeddah SA 21.49 39.19|
    Dubai AE 25.20 55.27|Doha QA 25.29 51.53|Kuwait City KW 29.38 47.99|Muscat OM 23.59 58.41|
    Manama BH 26.23 50.59|Amman JO 31.95 35.93|Tel Aviv IL 32.09 34.78`,
  Europe: `
    London GB 51.51 -0.13|Manchester GB 53.48 -2.24|Edinburgh GB 55.95 -3.19|Dublin IE 53.35 -6.26|
    Paris FR 48.86 2.35|Lyon FR 45.76 4.84|Marseille FR 43.30 5.37|Toulouse FR 43.60 1.44|
    Madrid ES 40.42 -3.70|Barcelona ES 41.39 2.17|Valencia ES 39.47 -0.38|Seville ES 37.39 -5.98|
    Bilbao ES 43.26 -2.93|Lisbon PT 38.72 -9.14|Porto PT 41.16 -8.63|Rome IT 41.90 12.50|
    Milan IT 45.46 9.19|Naples IT 40.85 14.27|Turin IT 45.07 7.69|Palermo IT 38.12 13.36|
    Berlin DE 52.52 13.41|Hamburg DE 53.55 9.99|Munich DE 48.14 11.58|Frankfurt DE 50.11 8.68|
    Cologne DE 50.94 6.96|Stuttgart DE 48.78 9.18|Vienna AT 48.21 16.37|Zurich CH 47.37 8.54|
    Geneva CH 46.20 6.14|Brussels BE 50.85 4.35|Antwerp BE 51.22 4.40|Amsterdam NL 52.37 4.90|
    Rotterdam NL 51.92 4.48|Luxembourg LU 49.61 6.13|Copenhagen DK 55.68 12.57|
    Aarhus DK 56.16 10.20|Stockholm SE 59.33 18.07|Gothenburg SE 57.71 11.97|Oslo NO 59.91 10.75|
    Bergen NO 60.39 5.32|Helsinki FI 60.17 24.94|Tampere FI 61.50 23.76|Reykjavik IS 64.15 -21.94|
    Tallinn EE 59.44 24.75|Riga LV 56.95 24.11|Vilnius LT 54.69 25.28|Warsaw PL 52.23 21.01|
    Krakow PL 50.06 19.94|Gdansk PL 54.35 18.65|Prague CZ 50.08 14.44|Brno CZ 49.20 16.61|
    Bratislava SK 48.15 17.11|Budapest HU 47.50 19.04|Bucharest RO 44.43 26.10|
    Cluj-Napoca RO 46.77 23.62|Sofia BG 42.70 23.32|Belgrade RS 44.79 20.45|Zagreb HR 45.82 15.98|
    Ljubljana SI 46.06 14.51|Sarajevo BA 43.86 18.41|Skopje MK 42.00 21.43|Tirana AL 41.33 19.82|
    Athens GR 37.98 23.73|Thessaloniki GR 40.64 22.94|Istanbul TR 41.01 28.98|Kyiv UA 50.45 30.52|
    Lviv UA 49.84 24.03|Chisinau MD 47.01 28.86|Valletta MT 35.90 14.51|Moscow RU 55.76 37.62`,
  Africa: `
    Cairo EG 30.04 31.24|Alexandria EG 31.20 29.92|Tripoli LY 32.89 13.19|Tunis TN 36.81 10.18|
    Algiers DZ 36.75 3.06|Oran DZ 35.70 -0.63|Casablanca MA 33.57 -7.59|Rabat MA 34.02 -6.84|
    Marrakesh MA 31.63 -8.00|Nouakchott MR 18.08 -15.98|Dakar SN 14.72 -17.47|
    Banjul GM 13.45 -16.58|Bissau GW 11.88 -15.62|Praia CV 14.93 -23.51|Conakry GN 9.64 -13.58|
    Freetown SL 8.47 -13.23|Monrovia LR 6.30 -10.80|Abidjan CI 5.36 -4.01|Accra GH 5.60 -0.19|
    Kumasi GH 6.69 -1.62|Lome TG 6.13 1.22|Cotonou BJ 6.37 2.39|Lagos NG 6.52 3.38|
    Abuja NG 9.06 7.50|Kano NG 12.00 8.52|Niamey NE 13.51 2.11|Ouagadougou BF 12.37 -1.52|
    Bamako ML 12.64 -8.00|Ndjamena TD 12.13 15.06|Douala CM 4.05 9.77|Yaounde CM 3.85 11.50|
    Libreville GA 0.42 9.47|Kinshasa CD -4.44 15.27|Lubumbashi CD -11.66 27.48|
    Luanda AO -8.84 13.29|Khartoum SD 15.50 32.56|Addis Ababa ET 9.03 38.74|Djibouti DJ 11.57 43.15|
    Kampala UG 0.35 32.58|Nairobi KE -1.29 36.82|Mombasa KE -4.04 39.67|Kigali RW -1.94 30.06|
    Dar es Salaam TZ -6.79 39.21|Lusaka ZM -15.39 28.32|Harare ZW -17.83 31.05|
    Maputo MZ -25.97 32.57|Antananarivo MG -18.88 47.51|Johannesburg ZA -26.20 28.05|
    Cape Town ZA -33.92 18.42|Windhoek NA -22.56 17.08`,
  'North America': `
    New York US 40.71 -74.01|Boston US 42.36 -71.06|Philadelphia US 39.95 -75.17|
    Washington US 38.91 -77.04|Atlanta US 33.75 -84.39|Miami US 25.76 -80.19|
    Chicago US 41.88 -87.63|Detroit US 42.33 -83.05|Minneapolis US 44.98 -93.27|
    Kansas City US 39.10 -94.58|Dallas US 32.78 -96.80|Houston US 29.76 -95.37|
    Denver US 39.74 -104.99|Phoenix US 33.45 -112.07|Las Vegas US 36.17 -115.14|
    Los Angeles US 34.05 -118.24|San Francisco US 37.77 -122.42|Portland US 45.52 -122.68|
    Seattle US 47.61 -122.33|Salt Lake City US 40.76 -111.89|Columbus US 39.96 -83.00|
    Nashville US 36.16 -86.78|New Orleans US 29.95 -90.07|Anchorage US 61.22 -149.90|
    Toronto CA 43.65 -79.38|Montreal CA 45.50 -73.57|Ottawa CA 45.42 -75.70|
    Vancouver CA 49.28 -123.12|Calgary CA 51.05 -114.07|Winnipeg CA 49.90 -97.14|
    Halifax CA 44.65 -63.58|Quebec CA 46.81 -71.21|Mexico City MX 19.43 -99.13|
    Guadalajara MX 20.66 -103.35|Monterrey MX 25.69 -100.32|Tijuana MX 32.51 -117.04|
    Merida MX 20.97 -89.59|Guatemala City GT 14.63 -90.51|San Salvador SV 13.69 -89.22|
    Tegucigalpa HN 14.07 -87.19|Managua NI 12.11 -86.24|San Jose CR 9.93 -84.08|
    Panama City PA 8.98 -79.52|Havana CU 23.11 -82.37|Kingston JM 17.97 -76.79|
    Port-au-Prince HT 18.54 -72.34|Santo Domingo DO 18.49 -69.93|San Juan PR 18.47 -66.11|
    Nassau BS 25.04 -77.35|Port of Spain TT 10.65 -61.52`,
  'South America': `
    Sao Paulo BR -23.55 -46.63|Rio de Janeiro BR -22.91 -43.17|Brasilia BR -15.79 -47.88|
    Fortaleza BR -3.73 -38.53|Recife BR -8.05 -34.88|Salvador BR -12.97 -38.50|
    Porto Alegre BR -30.03 -51.22|Curitiba BR -25.43 -49.27|Manaus BR -3.12 -60.02|
    Buenos Aires AR -34.60 -58.38|Cordoba AR -31.42 -64.18|Mendoza AR -32.89 -68.85|
    Montevideo UY -34.90 -56.16|Asuncion PY -25.26 -57.58|Santiago CL -33.45 -70.67|
    Antofagasta CL -23.65 -70.40|La Paz BO -16.49 -68.12|Lima PE -12.05 -77.04|
    Arequipa PE -16.41 -71.54|Quito EC -0.18 -78.47|Guayaquil EC -2.17 -79.92|Bogota CO 4.71 -74.07|
    Medellin CO 6.24 -75.58|Caracas VE 10.48 -66.90|Georgetown GY 6.80 -58.16`,
  Oceania: `
    Sydney AU -33.87 151.21|Melbourne AU -37.81 144.96|Brisbane AU -27.47 153.03|
    Perth AU -31.95 115.86|Adelaide AU -34.93 138.60|Darwin AU -12.46 130.84|
    Hobart AU -42.88 147.33|Auckland NZ -36.85 174.76|Wellington NZ -41.29 174.78|
    Christchurch NZ -43.53 172.64|Port Moresby PG -9.44 147.18|Suva FJ -18.14 178.44|
    Noumea NC -22.26 166.45|Apia WS -13.83 -171.77|Honolulu US 21.31 -157.86`,
} as const

export type Continent = keyof typeof table

/** In the order of the table, which is that of the population. */
export const continents = Object.keys(table) as readonly Continent[]

const row = /^(.+) ([A-Z]{2}) (-?[0-9.]+) (-?[0-9.]+)$/

function citiesOf(continent: Continent): City[] {
  return table[continent].split('|').map((text) => {
    const [, name = '', country = '', latitude, longitude] = row.exec(text.trim()) ?? []
    return { name, country, continent, latitude: Number(latitude), longitude: Number(longitude) }
  })
}

/** 300 cities on six continents: larger ones, and those that make a continent whole. */
export const cities: readonly City[] = continents.flatMap(citiesOf)

/** So many of them, spread over the table and so over the continents. */
export function spread<Item>(items: readonly Item[], count: number): Item[] {
  return items.filter(
    (_, i) =>
      Math.floor((i * count) / items.length) !== Math.floor(((i - 1) * count) / items.length),
  )
}
