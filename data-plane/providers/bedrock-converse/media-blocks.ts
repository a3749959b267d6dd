import { UntranslatableRequest } from '../provider.ts'
import { asObject, asText, type JsonObject } from '../vendor-json.ts'

/**
 * Pictures and files as Converse's blocks. What the bytes are decides over where they stood: callers put PDFs into
 * picture parts. The bytes themselves stay as they came, in base64.
 */

const PICTURES: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
])

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html */
const DOCUMENTS: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
  ['text/markdown', 'md'],
])

/**
 * @param image an `image_url`; of addresses Converse knows S3 alone:
 *   https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageSource.html
 * @throws UntranslatableRequest
 */
export function toPicture(image: unknown): JsonObject {
  const url = asText(typeof image === 'string' ? image : asObject(image)['url'])
  if (url.startsWith('data:')) return toMediaBlock(url, '')
  if (!url.startsWith('s3://')) {
    throw new UntranslatableRequest('Bedrock fetches no images: send the image as a data: URL in base64, or from s3://')
  }
  const format = PICTURES.get(`image/${extensionOf(url)}`)
  if (!format) throw new UntranslatableRequest('an image in S3 needs a name that ends in .png, .jpg, .gif or .webp')
  return { image: { format, source: { s3Location: { uri: url } } } }
}

/**
 * @param data a data: URL, or bare base64
 * @param filename what tells the type where the data does not
 * @throws UntranslatableRequest
 */
export function toMediaBlock(data: string, filename: string): JsonObject {
  const { mediaType, base64 } = data.startsWith('data:') ? readDataUrl(data) : { mediaType: '', base64: data }
  const source = { bytes: base64 }
  const picture = PICTURES.get(mediaType)
  if (picture) return { image: { format: picture, source } }
  const extension = extensionOf(filename)
  const format = DOCUMENTS.get(mediaType) ?? [...DOCUMENTS.values()].find((one) => one === extension)
  if (format) return { document: { format, name: toDocumentName(filename), source } }
  throw new UntranslatableRequest(
    'Bedrock reads images (PNG, JPEG, GIF, WebP) and documents (PDF, CSV, Word, Excel, HTML, TXT, MD)',
  )
}

const LONGEST_NAME = 200

/** Converse takes these letters alone, and one space in a row. */
function toDocumentName(filename: string): string {
  const name = filename
    .slice(0, LONGEST_NAME)
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[^a-zA-Z0-9\s()[\]-]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return name === '' ? 'document' : name
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase()
}

function readDataUrl(url: string): { mediaType: string; base64: string } {
  const comma = url.indexOf(',')
  const [mediaType = '', ...parameters] = url.slice('data:'.length, Math.max(comma, 0)).toLowerCase().split(';')
  if (!parameters.includes('base64')) {
    throw new UntranslatableRequest('a data: URL must hold base64: data:<type>;base64,<bytes>')
  }
  return { mediaType, base64: url.slice(comma + 1) }
}
