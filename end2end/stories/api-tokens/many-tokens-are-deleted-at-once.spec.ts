import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { open, row, unique } from '../../world/pages';

test('tokens are chosen, what that hits is said, and each is told what became of it', async ({ admin, world }) => {
  const mark = unique('bulk').split(' ')[1];
  await open(admin, '/administrator/tokens');
  const secrets = await make(admin, mark, 120);
  await admin.getByLabel('Search API tokens').fill(mark);
  // Another question lets go of what was chosen, so it has to be asked first.
  await expect(admin).toHaveURL(new RegExp(`q=${mark}`));
  await expect(row(admin, `${mark} 119`)).toBeVisible();

  // One of them is in use: the others would not be missed.
  const used = await fetch(`${world.server.url}/api/v1/tokens/self`, { headers: { Authorization: `Bearer ${secrets[7]}` } });
  expect(used.status).toBe(200);

  await chooseAll(admin, 120);
  await admin.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByRole('heading', { name: 'Delete 120 API tokens' })).toBeVisible();
  await expect(dialog.getByText('1 of 120 was used in the last hour, from 1 address.')).toBeVisible();

  // Suspending comes first, and is undone.
  await dialog.getByRole('button', { name: 'Suspend instead' }).click();
  await expect(admin.getByText('120 tokens are suspended.')).toBeVisible();
  // The bar is in sight wherever the list stands, so the eye is still at its beginning.
  await expect(row(admin, `${mark} 119`)).toContainText('Suspended');
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(row(admin, `${mark} 119`)).not.toContainText('Suspended');

  await chooseAll(admin, 120);
  await admin.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(dialog.getByText('120 of 120 were deleted.')).toBeVisible({ timeout: 30_000 });
  await expect(dialog.getByRole('listitem').filter({ hasText: 'deleted' })).toHaveCount(120);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(admin.getByText('No token fits')).toBeVisible();

  const after = await fetch(`${world.server.url}/api/v1/tokens/self`, { headers: { Authorization: `Bearer ${secrets[7]}` } });
  expect(after.status).toBe(401);
  await open(admin, `/administrator/tokens?list=expired&q=${mark}`);
  await expect(row(admin, `${mark} 119`)).toContainText('Revoked');
});

/** Chooses the rows that are shown, and the others where there are more. */
async function chooseAll(page: Page, many: number): Promise<void> {
  // A click and no check: when more rows arrive at the same moment, the box says rightly that not all of them are chosen.
  await page.getByLabel('Choose all that are shown').click();
  const all = page.getByText(`${many} chosen`);
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
      const secrets: string[] = [];
      for (let number = 0; number < many; number += 1) {
        const answer = await fetch('/api/v1/api-tokens', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: `${mark} ${number}`, expires: '30d' }),
        });
        if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
        secrets.push(((await answer.json()) as { token: string }).token);
      }
      return secrets;
    },
    { mark, many },
  );
}
