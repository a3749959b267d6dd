/** The requests that every adapter is shown: OpenAI's words, whose meaning each must keep in its vendor's. */

const PIXEL = 'iVBORw0KGgo='

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

const CLOCK = {
  type: 'function',
  function: { name: 'get_time', parameters: { type: 'object', properties: { zone: { type: 'string' } } } },
}

export const CONTRACT_REQUESTS = {
  /** A system message, and the common parameters. */
  system: {
    messages: [
      { role: 'system', content: 'Answer in French.' },
      { role: 'user', content: 'Où est la gare ? 🚉' },
    ],
    temperature: 0.5,
    top_p: 0.9,
    max_completion_tokens: 256,
    stop: ['END'],
  },
  imageData: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
        ],
      },
    ],
  },
  imageUrl: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
        ],
      },
    ],
  },
  jsonSchema: {
    messages: [{ role: 'user', content: 'Name a city.' }],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'city',
        strict: true,
        schema: {
          type: 'object',
          properties: { name: { type: 'string' } },
          required: ['name'],
          additionalProperties: false,
        },
      },
    },
  },
  /** Two calls asked for and answered in one turn, and the model forced to call one more. */
  tools: {
    messages: [
      { role: 'user', content: 'Weather and time in Paris?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
          { id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '{"zone":"Europe/Paris"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '{"celsius":21}' },
      { role: 'tool', tool_call_id: 'call_2', content: 'noon' },
    ],
    tools: [WEATHER, CLOCK],
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
  },
} as const

export type ContractRequest = keyof typeof CONTRACT_REQUESTS
