// A mobile app, as anybody writes one: it opens a browser, is called back on this device, and calls the API.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Page, expect } from '@playwright/test';

const CALLED_BACK_AT = 'http://127.0.0.1/signed-in';

/** What a phone says of itself. */
export interface Phone {
  device: string;
  app: string;
  system: string;
}

/** Somebody who is signed in in an app, on one phone. */
export class MobileApp {
  private constructor(
    private readonly url: string,
    private readonly client: string,
    private readonly phone: Phone,
    private access: string,
    private refreshToken: string,
  ) {}

  /** Registers an app, and signs whoever the page belongs to in to it. */
  static async signIn(page: Page, url: string, name: string, phone: Phone): Promise<MobileApp> {
    const client = await register(page, name);
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const device = await listen();
    try {
      const asked = new URLSearchParams({
        response_type: 'code',
        client_id: client,
        redirect_uri: device.address,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        state: 'from-the-app',
      });
      await page.goto(`/oauth/authorize?${asked}`);
      await expect(page.getByText(name).first()).toBeVisible();
      await page.getByRole('button', { name: 'Allow' }).click();
      const called = await device.called;
      expect(called.get('state')).toBe('from-the-app');
      const app = new MobileApp(url, client, phone, '', '');
      const answer = await app.token({
        grant_type: 'authorization_code',
        code: called.get('code') ?? '',
        redirect_uri: device.address,
        code_verifier: verifier,
      });
      expect(answer.status).toBe(200);
      await app.keep(answer);
      return app;
    } finally {
      device.close();
    }
  }

  /** A call of the API. */
  call(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: { Authorization: `Bearer ${this.access}` } });
  }

  /** Asks for new tokens, and keeps them if there are any. */
  async refresh(): Promise<Response> {
    const answer = await this.token({ grant_type: 'refresh_token', refresh_token: this.refreshToken });
    if (answer.ok) await this.keep(answer.clone());
    return answer;
  }

  /** Says that everything was removed from the phone. */
  wiped(): Promise<Response> {
    return this.post('/oauth/wipe', { token: this.refreshToken });
  }

  private async keep(answer: Response): Promise<void> {
    const tokens = (await answer.json()) as { access_token: string; refresh_token: string };
    this.access = tokens.access_token;
    this.refreshToken = tokens.refresh_token;
  }

  private token(fields: Record<string, string>): Promise<Response> {
    return this.post('/oauth/token', { client_id: this.client, ...fields });
  }

  private post(path: string, fields: Record<string, string>): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: {
        'Tokenwright-Device': this.phone.device,
        'Tokenwright-App': this.phone.app,
        'Tokenwright-System': this.phone.system,
      },
    });
  }
}

async function register(page: Page, name: string): Promise<string> {
  await page.goto('/administrator/tokens/mobile');
  return page.evaluate(
    async ({ name, address }) => {
      const answer = await fetch('/api/v1/mobile-apps', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, redirect_uris: [address] }),
      });
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
      return ((await answer.json()) as { id: string }).id;
    },
    { name, address: CALLED_BACK_AT },
  );
}

/** Listens on a free port of this device, as an app does that waits for its browser (RFC 8252). */
async function listen(): Promise<{ address: string; called: Promise<URLSearchParams>; close: () => void }> {
  let hear: (query: URLSearchParams) => void = () => {};
  const called = new Promise<URLSearchParams>((resolve) => (hear = resolve));
  const listener = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Signed in</title><link rel="icon" href="data:,"><p>Go back to the app.</p>');
    const address = new URL(request.url ?? '/', CALLED_BACK_AT);
    if (address.pathname === '/signed-in') hear(address.searchParams);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/signed-in`, called, close: () => listener.close() };
}
