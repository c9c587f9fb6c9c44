// A browser opens six connections to a host that speaks HTTP/1.1. Ten tabs share one for what happens on the server.
import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, row, unique } from '../../world/pages';

test('ten tabs of one browser load, search and stay live, by one connection', async ({ admin, another }) => {
  const writer = await another(true);
  const collection = unique('Onboarding');
  await givenCollection(writer, collection);

  const listening: Page[] = [];
  admin.context().on('request', (request) => {
    if (request.url().endsWith('/events')) listening.push(request.frame().page());
  });
  const tabs = [admin];
  while (tabs.length < 10) tabs.push(await admin.context().newPage());
  for (const tab of tabs) await open(tab, '/tokens');

  const first = unique('Seen by all');
  await givenToken(writer, { name: first, collection });
  for (const tab of tabs) await expect(row(tab, first)).toBeVisible();
  expect(listening.length, 'one stream').toBe(1);
  const last = tabs[9];
  await last.getByLabel('Search tokens').fill(first);
  await expect(last.locator('tbody').getByRole('row')).toHaveCount(1);

  // When the tab that listens is closed, another one does, and nothing is missed.
  await listening[0].close();
  const left = tabs.filter((tab) => tab !== listening[0]);
  await expect.poll(() => listening.length).toBe(2);
  const second = unique('Seen by the rest');
  await givenToken(writer, { name: second, collection });
  for (const tab of left.filter((tab) => tab !== last)) await expect(row(tab, second)).toBeVisible();
  expect(listening.length).toBe(2);
});

test('without locks, tabs that nobody sees have no connection', async ({ admin, another }) => {
  const collection = unique('Onboarding');
  const writer = await another(true);
  await givenCollection(writer, collection);
  await admin.addInitScript(() => {
    // As on a page that came without encryption.
    Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
    Object.defineProperty(Document.prototype, 'hidden', { get: () => (window as unknown as { away?: boolean }).away ?? false, configurable: true });
  });
  await open(admin, '/tokens');
  // The first look after the stream has opened is over by then.
  await admin.waitForTimeout(1_500);
  const seen = (away: boolean) =>
    admin.evaluate((away) => {
      Object.assign(window, { away });
      document.dispatchEvent(new Event('visibilitychange'));
    }, away);
  const name = unique('Made meanwhile');
  await seen(true);
  await givenToken(writer, { name, collection });
  await admin.waitForTimeout(1_500);
  await expect(row(admin, name)).toHaveCount(0);
  await seen(false);
  await expect(row(admin, name)).toBeVisible();
});
