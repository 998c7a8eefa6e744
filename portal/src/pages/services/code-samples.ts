/** Programs that write a record and read it back, as they stand: each runs with no change. */

export const sampleLanguages = ['curl', 'typescript', 'python', 'go'] as const
export type SampleLanguage = (typeof sampleLanguages)[number]

/** Where the program writes to; the API key comes from the environment, so that no file has it. */
export type SampleTarget = {
  /** Base address, such as http://127.0.0.1:8420. */
  readonly gateway: string
  /** The member that runs the gateway: the SDK sends an API key to nobody else. */
  readonly operator: string
  readonly ledger: string
  readonly service: string
}

/** The program, in one language. */
export function codeSample(language: SampleLanguage, target: SampleTarget): string {
  return samples[language](target)
}

const recordsOf = ({ gateway, ledger, service }: SampleTarget) =>
  `${gateway}/api/v1/ledgers/${ledger}/services/${service}/records`

const samples: Readonly<Record<SampleLanguage, (target: SampleTarget) => string>> = {
  curl: (target) => `curl --fail-with-body '${recordsOf(target)}' \\
  --header "authorization: Bearer $OPENBSN_API_KEY" \\
  --header 'content-type: application/json' \\
  --data '{"key":"first","value":{"hello":"world"}}'

curl --fail-with-body '${recordsOf(target)}/first' \\
  --header "authorization: Bearer $OPENBSN_API_KEY"`,

  typescript: ({
    gateway,
    operator,
    ledger,
    service,
  }) => `import { createClient } from '@openbsn/sdk'

const client = createClient({
  gateways: [{ url: '${gateway}', operator: '${operator}' }],
  ledger: '${ledger}',
  apiKey: { key: process.env.OPENBSN_API_KEY ?? '', operators: ['${operator}'] },
})
const records = client.records('${service}')
const { index } = await records.put({ key: 'first', value: { hello: 'world' } })
console.log(\`entry \${index}\`)
console.log(JSON.stringify(await records.get('first')))`,

  python: (target) => `import json
import os
import urllib.request

RECORDS = "${recordsOf(target)}"
HEADERS = {
    "authorization": "Bearer " + os.environ["OPENBSN_API_KEY"],
    "content-type": "application/json",
}


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, HEADERS)) as answer:
        return json.load(answer)


print(json.dumps(ask(RECORDS, {"key": "first", "value": {"hello": "world"}})))
print(json.dumps(ask(RECORDS + "/first")))`,

  go: (target) => `package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

const records = "${recordsOf(target)}"

func ask(method, url, body string) string {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("authorization", "Bearer "+os.Getenv("OPENBSN_API_KEY"))
	request.Header.Set("content-type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 400 {
		log.Fatal(answer.Status, " ", string(text), err)
	}
	return string(text)
}

func main() {
	fmt.Println(ask("POST", records, \`{"key":"first","value":{"hello":"world"}}\`))
	fmt.Println(ask("GET", records+"/first", ""))
}`,
}
