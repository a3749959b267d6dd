import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isOnPath, reschedule, type Service, untilListening } from './service.ts'

/** What every contestant fetches: a chat completion of about a kilobyte, always the same. */
export const ANSWER = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'sim-fast',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'The quick brown fox jumps over the lazy dog. '.repeat(16) },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 40, completion_tokens: 160, total_tokens: 200 },
})

/** The fastest upstream at hand: nginx, else a bare Node server in a process of its own. */
export async function startUpstream(port: number): Promise<Service & { kind: string }> {
  const location = `location / { default_type application/json; return 200 '${ANSWER}'; }`
  const kind = isOnPath('nginx') ? 'nginx' : 'node'
  const service = await (kind === 'nginx' ? startNginx(port, location) : startNodeUpstream(port))
  reschedule(service, 'batch')
  return { ...service, kind }
}

/** nginx as a proxy, to see what a gateway costs that does nothing at all. */
export function startNginxProxy(port: number, upstreamPort: number): Promise<Service> {
  const location = `location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }`
  return startNginx(port, location, `upstream up { server 127.0.0.1:${upstreamPort}; keepalive 128; }`)
}

async function startNginx(port: number, location: string, upstream = ''): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'sb-nginx-'))
  const config = `
    master_process off; daemon off; pid ${directory}/pid; error_log ${directory}/error.log; user root;
    events { worker_connections 4096; }
    http {
      access_log off; keepalive_requests 1000000000; client_body_temp_path ${directory}/body;
      proxy_temp_path ${directory}/proxy; fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u;
      scgi_temp_path ${directory}/s; ${upstream}
      server { listen 127.0.0.1:${port}; ${location} }
    }`
  await writeFile(join(directory, 'nginx.conf'), config)
  const child = spawn('nginx', ['-c', join(directory, 'nginx.conf')], { stdio: 'ignore' })
  await untilListening(port)
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => void child.kill('SIGTERM') }
}

async function startNodeUpstream(port: number): Promise<Service> {
  const child = spawn(process.execPath, [import.meta.filename, String(port)], { stdio: 'inherit' })
  await untilListening(port)
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => void child.kill('SIGTERM') }
}

if (process.argv[1] === import.meta.filename) {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(ANSWER) }
  createServer((request, response) => {
    request.resume()
    response.writeHead(200, headers)
    response.end(ANSWER)
  }).listen(Number(process.argv[2]), '127.0.0.1')
}
