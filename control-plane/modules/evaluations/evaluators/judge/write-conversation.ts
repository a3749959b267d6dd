/**
 * A chat's messages as one text for a judge: each with its role, parts that are no text by their type alone.
 *
 * @param messages of an OpenAI chat request, from strangers; what is no message is left out
 */
export function writeConversation(messages: unknown): string {
  if (!Array.isArray(messages)) return ''
  return (messages as unknown[])
    .filter(isFields)
    .map((message) => `[${textOf(message['role'], 'unknown')}]\n${writeContent(message)}`)
    .join('\n\n')
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown, other: string): string {
  return typeof value === 'string' ? value : other
}

function writeContent({ content, tool_calls: calls }: Fields): string {
  const parts: unknown[] = Array.isArray(content) ? content : [content]
  const written = parts.map(writePart)
  return [...written, ...(Array.isArray(calls) ? [`(tool calls) ${JSON.stringify(calls)}`] : [])]
    .filter((text) => text !== '')
    .join('\n')
}

function writePart(part: unknown): string {
  if (typeof part === 'string') return part
  if (!isFields(part)) return ''
  return typeof part['text'] === 'string' ? part['text'] : `(${textOf(part['type'], 'part')})`
}
