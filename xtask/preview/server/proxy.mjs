// Hands the page's questions to Prometheus' query API, from the page's own origin.
import { Readable } from 'node:stream';

/** What may be asked; nothing here changes anything. */
const QUESTIONS = /^\/api\/v1\/(query|query_range|series|labels|label\/\w+\/values|metadata|status\/buildinfo)$/;

/** Answers a request for `path` (with its search) as Prometheus does, or with an error in Prometheus' own form. */
export async function askPrometheus(prometheus, path, request, response) {
  const asked = new URL(path, 'http://preview');
  if (!QUESTIONS.test(asked.pathname)) {
    return refuse(response, 404, `${asked.pathname} is not passed on to Prometheus`);
  }
  let answer;
  try {
    answer = await fetch(prometheus + asked.pathname + asked.search, {
      method: request.method,
      headers: { 'content-type': request.headers['content-type'] ?? 'application/x-www-form-urlencoded' },
      body: request.method === 'POST' ? Readable.toWeb(request) : undefined,
      duplex: 'half',
      signal: AbortSignal.timeout(60_000),
    });
  } catch (error) {
    const cause = error.cause?.code ?? error.cause?.message ?? error.message;
    return refuse(response, 502, `Prometheus at ${prometheus} does not answer (${cause})`);
  }
  const text = await answer.text();
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
  response.end(text);
}

function refuse(response, status, error) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ status: 'error', errorType: 'preview', error }));
}
