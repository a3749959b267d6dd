import type { GatewaySettings } from '../../../shared/llm/gateways.ts'
import { UntranslatableRequest } from '../provider.ts'
import { asObject, asObjects, asText, type JsonObject } from '../vendor-json.ts'

/** Tools that reach nothing of the project's: https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/Tool */
const OPEN_TOOLS = new Set([
  'functionDeclarations',
  'googleSearch',
  'googleSearchRetrieval',
  'enterpriseWebSearch',
  'googleMaps',
  'urlContext',
  'codeExecution',
  'computerUse',
])

/**
 * Google reads files of Cloud Storage and searches data stores with the rights of the credential's project. Whoever
 * calls is seldom its owner, so both are refused, unless the credential says `projectData: allowed`.
 *
 * @throws UntranslatableRequest
 */
export function refuseProjectData({ contents, tools }: JsonObject, settings: GatewaySettings): void {
  if (settings['projectData'] === 'allowed') return
  for (const part of asObjects(contents).flatMap((content) => asObjects(content['parts']))) {
    const inside = asObjects(asObject(part['functionResponse'])['parts'])
    if ([part, ...inside].some(isStored)) {
      throw new UntranslatableRequest('files in Cloud Storage (gs://) cannot be named with this credential')
    }
  }
  const closed = asObjects(tools)
    .flatMap((tool) => Object.keys(tool))
    .find((name) => !OPEN_TOOLS.has(name))
  if (closed !== undefined) {
    throw new UntranslatableRequest(`the tool ${closed.slice(0, 50)} is not supported with this credential`)
  }
}

function isStored(part: JsonObject): boolean {
  return /^gs:/i.test(asText(asObject(part['fileData'])['fileUri']))
}
