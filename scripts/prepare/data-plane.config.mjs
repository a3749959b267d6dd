// The data plane with all packages that it uses in one file: it serves more calls a second, needs less memory and
// starts sooner. Names, lines and the names of modules stay, so that a stack trace can be read.
import { join } from 'node:path'
import { root } from './environment.mjs'

export default {
  cwd: root,
  input: 'data-plane/main.ts',
  platform: 'node',
  // Loaded only where a call goes to Google with a service account.
  external: ['google-auth-library'],
  output: {
    file: join(root, 'dist/data-plane/main.js'),
    format: 'esm',
    codeSplitting: false,
    // V8 keeps the source, and one letter that is not Latin would double its size.
    charset: 'ascii',
    comments: false,
  },
}
