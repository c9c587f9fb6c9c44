// A web site of somebody else, and the reverse proxy in front of it, which asks the gate about each request as Traefik and
// Caddy do (docs/gate). The page that it shows says who the visitor is taken for, and loads forty pictures.
import { createServer, request, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Pictures that each page loads. */
export const PICTURES = 40;

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="teal"/></svg>';

/** What of a visitor's request the gate may see. Everything that says what was asked for is the proxy's own. */
const HANDED_ON = ['accept', 'authorization', 'cookie', 'purpose', 'range', 'sec-fetch-mode', 'sec-purpose', 'user-agent', 'x-page-token'];

/** What of the gate's answer a visitor gets who is not let through. */
const HANDED_BACK = ['location', 'set-cookie', 'content-type', 'cache-control', 'content-security-policy', 'referrer-policy'];

export class GuardedSite {
  /** Paths of what was let through, in their order. */
  readonly served: string[] = [];

  /** Whether browsers keep the gate's cookies. */
  keepsCookies = true;

  private constructor(
    readonly address: string,
    private readonly server: HttpServer,
  ) {}

  static async start(gate: string): Promise<GuardedSite> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const site = new GuardedSite(address, server);
    server.on('request', (visit, answer) => site.answer(gate, visit, answer));
    return site;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(gate: string, visit: IncomingMessage, answer: ServerResponse): void {
    const headers: Record<string, string | string[]> = {
      'x-forwarded-proto': 'http',
      'x-forwarded-host': this.address.replace('http://', ''),
      'x-forwarded-uri': visit.url ?? '/',
      'x-forwarded-method': visit.method ?? 'GET',
      'x-forwarded-for': visit.socket.remoteAddress ?? '127.0.0.1',
    };
    for (const name of HANDED_ON) {
      const value = visit.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    visit.resume();
    const asked = request(`${gate}/gate/forward`, { headers }, (verdict) => {
      if (verdict.statusCode === 200) {
        verdict.resume();
        this.serve(visit, verdict, answer);
        return;
      }
      if (!this.keepsCookies) delete verdict.headers['set-cookie'];
      const back = HANDED_BACK.flatMap((name) => (verdict.headers[name] === undefined ? [] : [[name, verdict.headers[name]] as const]));
      answer.writeHead(verdict.statusCode ?? 503, Object.fromEntries(back));
      verdict.pipe(answer);
    });
    // A gate that does not answer lets nobody in.
    asked.on('error', () => answer.writeHead(503).end());
    asked.end();
  }

  private serve(visit: IncomingMessage, verdict: IncomingMessage, answer: ServerResponse): void {
    const path = (visit.url ?? '/').split('?')[0];
    this.served.push(path);
    if (path.endsWith('.svg')) {
      answer.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' }).end(PICTURE);
      return;
    }
    const pictures = Array.from({ length: PICTURES }, (_, number) => `<img src="/shop/img/${number}.svg" alt="">`).join('');
    const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The annual report</title><link rel="icon" href="data:,"></head>
      <body><h1>The annual report</h1><p>Groups: ${verdict.headers['remote-groups']}</p>${pictures}</body></html>`;
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page);
  }
}
