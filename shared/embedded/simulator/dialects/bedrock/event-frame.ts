import { EventStreamCodec } from '@smithy/eventstream-codec'

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
)

/**
 * A frame of Amazon's event stream (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html, which
 * Bedrock shares).
 *
 * @param type what it is
 * @param name which event, or which exception
 * @param payload JSON, or what should be
 */
export function eventFrame(type: 'event' | 'exception', name: string, payload: string): Buffer {
  const headers = {
    [`:${type}-type`]: text(name),
    ':content-type': text('application/json'),
    ':message-type': text(type),
  }
  return Buffer.from(codec.encode({ headers, body: Buffer.from(payload) }))
}

function text(value: string): { readonly type: 'string'; readonly value: string } {
  return { type: 'string', value }
}
