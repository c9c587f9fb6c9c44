// How the stories are told: in Debian's (or any other) Chromium, file by file, against the
// real server. `cargo xtask test e2e` sets the variables that this file and `world/` read.
import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromium)) {
  throw new Error(`There is no Chromium at ${chromium}: install it, or name it in the variable CHROMIUM.`);
}

// What the database is sent does not depend on how wide the screen is, nor on scripts that a recipient's page has none of: what
// only a screen can get wrong is looked at on SQLite.
const onPostgres = process.env.E2E_DATABASE === 'postgres';

// Stories about recipients and signing in hold without scripts as well.
const PLAIN_PAGES = ['**/recipients/**', '**/sign-in/**'];
const ON_A_PHONE = '**/phone/**';

export default defineConfig({
  testDir: 'stories',
  // Each has a server and a browser of its own. Much of a story is waiting, so two keep two cores busy.
  workers: 2,
  fullyParallel: false,
  // The longest takes half of it, with two at a time on two cores.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  // A story that needs a second try is broken.
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: [['list'], ['html', { open: 'never' }]],
  use: {
    locale: 'en-GB',
    timezoneId: 'Pacific/Auckland',
    video: 'off',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    launchOptions: {
      executablePath: chromium,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A frame in which no script may run would get a process of its own, and Playwright gives the whole browser up when one ends
        // while something is asked of it.
        '--disable-site-isolation-trials',
      ],
    },
  },
  projects: [
    {
      name: 'desktop',
      testIgnore: ON_A_PHONE,
      use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } },
    },
    {
      name: 'phone',
      testMatch: onPostgres ? ON_A_PHONE : [ON_A_PHONE, '**/recipients/**'],
      use: { ...devices['Pixel 7'], viewport: { width: 390, height: 844 } },
    },
    {
      name: 'nojs',
      testMatch: onPostgres ? '**/sign-in/**' : PLAIN_PAGES,
      use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 }, javaScriptEnabled: false },
    },
  ],
});
