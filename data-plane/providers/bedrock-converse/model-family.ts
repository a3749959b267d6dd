/**
 * Whether a model is Anthropic's, by its id or the id of an inference profile (`us.anthropic.claude-…`). An application
 * inference profile's ARN does not say which model it stands for.
 */
export function isClaude(upstreamModel: string): boolean {
  return upstreamModel.includes('claude')
}
