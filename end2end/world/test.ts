// What every story stands on: a server with one organisation, a page of its owner, a page of a
// stranger, and ears for anything that goes wrong in a browser.
import { type Browser, type BrowserContext, type Page, expect, test as base } from '@playwright/test';
import { SET_UP_CODE, Server } from './server';
import { hydrated } from './pages';

export { expect } from '@playwright/test';

export const OWNER = { name: 'Ada Quill', email: 'ada@kowhai.test', password: 'correct horse battery staple' };
export const ORGANISATION = 'Kōwhai Training';
export const TIME_ZONE = 'Pacific/Auckland';

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** A server on which the owner has set the organisation up and signed in. */
export interface World {
  server: Server;
  signedIn: StorageState;
}

interface Pages {
  /** The owner, signed in, with scripts in every project. */
  admin: Page;
  /** Somebody with a browser that has never been here, as the project has browsers. */
  visitor: Page;
  /** Opens one more browser; `signedIn` is the owner's. */
  another: (signedIn?: boolean) => Promise<Page>;
}

export const test = base.extend<Pages, { world: World }>({
  world: [
    async ({ browser }, use) => {
      const server = await Server.start();
      const signedIn = await setUp(browser, server.url);
      await use({ server, signedIn });
      await server.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  baseURL: async ({ world }, use) => use(world.server.url),

  another: async ({ browser, baseURL, contextOptions, viewport, userAgent, isMobile, hasTouch, deviceScaleFactor, locale, timezoneId, colorScheme, javaScriptEnabled, world }, use, testInfo) => {
    const opened: { context: BrowserContext; wrong: string[] }[] = [];
    await use(async (signedIn = false) => {
      const context = await browser.newContext({
        ...contextOptions,
        ...{ baseURL, viewport, userAgent, isMobile, hasTouch, deviceScaleFactor, locale, timezoneId, colorScheme },
        // An admin's pages need scripts, whatever a recipient's browser does.
        javaScriptEnabled: signedIn || javaScriptEnabled,
        storageState: signedIn ? world.signedIn : undefined,
      });
      opened.push({ context, wrong: listen(context, world.server) });
      return context.newPage();
    });
    for (const { context } of opened) await context.close();
    world.server.interrupted = false;
    const wrong = opened.flatMap((browser) => browser.wrong);
    if (wrong.length) await testInfo.attach('server.log', { body: await world.server.log(), contentType: 'text/plain' });
    expect(wrong, 'what browsers complained about').toEqual([]);
  },

  admin: async ({ another }, use) => use(await another(true)),
  visitor: async ({ another }, use) => use(await another()),
});

/** Hears errors of scripts, the console (and so every violation of the content policy) and the server. */
function listen(context: BrowserContext, server: Server): string[] {
  const wrong: string[] = [];
  context.on('weberror', (error) => wrong.push(`script: ${error.error().stack ?? error.error().message}`));
  context.on('console', (message) => {
    if (message.type() !== 'error' && !/panicked|hydration/i.test(message.text())) return;
    // A page that answers "no such code" says so by its status; only what it loads has to be there.
    const ofThePage = message.text().startsWith('Failed to load resource') && message.location().url === message.page()?.url();
    // What was typed wrong is refused with a sentence, and browsers note the status.
    const refused = /status of (409|422)/.test(message.text()) && message.location().url.includes('/rpc/');
    // A letter is shown in a frame that runs no script, so neither those of the one who looks.
    const inLetter = message.text().startsWith('Blocked script execution') && /\/administrator\/mail\/.*(letter|preview)$/.test(message.location().url);
    // A server that a story has stopped answers nobody who asks for its events.
    const whileAway = server.interrupted && message.text().includes('net::ERR_') && message.location().url.endsWith('/events');
    if (!ofThePage && !refused && !inLetter && !whileAway) wrong.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) wrong.push(`server: ${response.status()} at ${response.url()}`);
  });
  return wrong;
}

/** Fills in the set-up page. What it promises is told by a story of its own. */
export async function fillInSetUp(page: Page, code = SET_UP_CODE): Promise<void> {
  await page.getByLabel('Set-up code').fill(code);
  await page.getByLabel('Organisation').fill(ORGANISATION);
  const zone = page.getByLabel('Time zone');
  const isList = await zone.evaluate((element) => element.tagName === 'SELECT');
  await (isList ? zone.selectOption(TIME_ZONE) : zone.fill(TIME_ZONE));
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Create organisation' }).click();
}

export async function signIn(page: Page, email = OWNER.email, password = OWNER.password): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function setUp(browser: Browser, baseURL: string): Promise<StorageState> {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: true });
  const page = await context.newPage();
  await page.goto('/setup');
  await fillInSetUp(page);
  await page.waitForURL((url) => url.pathname !== '/setup');
  if (new URL(page.url()).pathname === '/sign-in') await signIn(page);
  await page.goto('/tokens');
  await hydrated(page);
  const state = await context.storageState();
  await context.close();
  return state;
}
