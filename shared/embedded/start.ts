import { systemClock } from '../runtime/clock.ts'
import { runProcess } from '../runtime/parse-environment.ts'
import { readDemo, renderBanner } from './banner.ts'
import { checkSurroundings } from './check-surroundings.ts'
import { demoFileOf, urlsOf } from './child-environment.ts'
import { openDataDirectory } from './data-directory.ts'
import { readEnvironment } from './environment.ts'
import { createChildRecord } from './leftovers.ts'
import { createParts } from './parts.ts'
import { runParts } from './run-parts.ts'

const print = (text: string): void => void process.stdout.write(text)

// `npm start`: everything on one machine, in one command.
await runProcess(async () => {
  const started = systemClock.monotonicMs()
  const environment = readEnvironment()
  const data = openDataDirectory(environment.dataDirectory)
  const children = createChildRecord(data.path)
  await children.endLeftovers(() => print('waiting for the processes of an earlier start to end …\n'))
  await checkSurroundings(environment)
  print('starting Signalbox …\n')
  const parts = createParts(environment, data)
  await runParts(parts, { logLevel: environment.logLevel, print, onChange: children.write, onStopped: data.release })
  const banner = renderBanner({
    urls: urlsOf(environment),
    demo: readDemo(demoFileOf(environment)),
    dataDirectory: environment.dataDirectory,
    seconds: (systemClock.monotonicMs() - started) / 1_000,
    styled: process.stdout.isTTY,
  })
  print(banner)
})
