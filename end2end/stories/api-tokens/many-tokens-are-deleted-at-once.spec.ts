import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { open, row, unique } from '../../world/pages';

const MANY = 1_000;

test('a thousand tokens are chosen, what that hits is said, and each is told what became of it', async ({ admin, world }) => {
  const mark = unique('bulk').split(' ')[1];
  await open(admin, '/account');
  const secrets = await make(admin, mark, MANY);
  await open(admin, '/administrator/tokens');
  await admin.getByLabel('Search API tokens').fill(mark);
  // Another question lets go of what was chosen, so it has to be asked first.
  await expect(admin).toHaveURL(new RegExp(`q=${mark}`));
  await expect(row(admin, `${mark} 999`)).toBeVisible();

  // One of them is in use: the others would not be missed.
  const used = await fetch(`${world.server.url}/api/v1/tokens/self`, { headers: { Authorization: `Bearer ${secrets[7]}` } });
  expect(used.status).toBe(200);

  await chooseAll(admin);
  await admin.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByRole('heading', { name: 'Delete 1,000 API tokens' })).toBeVisible();
  await expect(dialog.getByText('1 of 1,000 was used in the last hour, from 1 address.')).toBeVisible();

  // Suspending comes first, and is undone.
  await dialog.getByRole('button', { name: 'Suspend instead' }).click();
  await expect(admin.getByText('1,000 tokens are suspended.')).toBeVisible({ timeout: 30_000 });
  // The bar is in sight wherever the list stands, so the eye is still at its beginning.
  await expect(row(admin, `${mark} 999`)).toContainText('Suspended');
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(row(admin, `${mark} 999`)).not.toContainText('Suspended', { timeout: 30_000 });

  await chooseAll(admin);
  await admin.getByRole('button', { name: 'Delete', exact: true }).click();
  // How far it is stands there while it goes on.
  const progress = dialog.getByText(/^[\d,]+ of 1,000$/).waitFor();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await progress;
  await expect(dialog.getByText('1,000 of 1,000 were deleted.')).toBeVisible({ timeout: 30_000 });
  await expect(dialog.getByRole('listitem').filter({ hasText: 'deleted' })).toHaveCount(MANY);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(admin.getByText('No token fits')).toBeVisible();

  const after = await fetch(`${world.server.url}/api/v1/tokens/self`, { headers: { Authorization: `Bearer ${secrets[7]}` } });
  expect(after.status).toBe(401);
  await open(admin, `/administrator/tokens?list=expired&q=${mark}`);
  await expect(row(admin, `${mark} 999`)).toContainText('Revoked');
});

/** Chooses the rows that are shown, and the others where there are more. */
async function chooseAll(page: Page): Promise<void> {
  // A click and no check: when more rows arrive at the same moment, the box says rightly that not all of them are chosen.
  await page.getByLabel('Choose all that are shown').click();
  const all = page.getByText('1,000 chosen');
  const others = page.getByRole('button', { name: /^Choose all that fit/ });
  // One of the two is there once the click has been heard.
  await expect(all.or(others)).toBeVisible();
  if (await others.isVisible()) await others.click();
  await expect(all).toBeVisible();
}

/** Makes tokens as the page itself could: over the API, with the session of whoever is signed in. */
async function make(page: Page, mark: string, many: number): Promise<string[]> {
  return page.evaluate(
    async ({ mark, many }) => {
      // So many for one person is more than organisations usually allow.
      const policy = (await (await fetch('/api/v1/policies/tokens')).json()) as Record<string, unknown>;
      delete policy.refused;
      const wider = await fetch('/api/v1/policies/tokens', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...policy, most_per_person: many + 100 }),
      });
      if (!wider.ok) throw new Error(`${wider.status}: ${await wider.text()}`);
      const one = async (number: number): Promise<string> => {
        const answer = await fetch('/api/v1/api-tokens', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: `${mark} ${number}`, expires: '30d' }),
        });
        if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
        return ((await answer.json()) as { token: string }).token;
      };
      const secrets: string[] = [];
      // The newest stands at the top, so the last one is made on its own.
      while (secrets.length < many - 1) {
        const some = Array.from({ length: Math.min(20, many - 1 - secrets.length) }, (_, at) => one(secrets.length + at));
        secrets.push(...(await Promise.all(some)));
      }
      return [...secrets, await one(many - 1)];
    },
    { mark, many },
  );
}
