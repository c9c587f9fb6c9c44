import { expect, fillInSetUp, ORGANISATION, OWNER, signIn, test } from '../../world/test';
import { Server } from '../../world/server';

// Each of these begins with a server that nobody has touched.
test.describe('a new server', () => {
  let server: Server;
  test.beforeEach(async () => {
    server = await Server.start();
  });
  test.afterEach(() => server.stop());

  test('is set up with the code from its log, and has an owner from then on', async ({ another, javaScriptEnabled }) => {
    const page = await another();
    await page.goto(`${server.url}/`);
    await expect(page).toHaveURL(/\/setup$/);
    await fillInSetUp(page);
    if (new URL(page.url()).pathname === '/sign-in') await signIn(page);
    await expect(page).not.toHaveURL(/\/(setup|sign-in)$/);
    if (javaScriptEnabled) {
      await page.goto(`${server.url}/tokens`);
      await expect(page.getByText(ORGANISATION).first()).toBeVisible();
    }

    const later = await another();
    await later.goto(`${server.url}/setup`);
    await expect(later.getByLabel('Set-up code')).toHaveCount(0);
  });

  test('refuses another code, and keeps what was typed', async ({ another }) => {
    const page = await another();
    await page.goto(`${server.url}/setup`);
    await fillInSetUp(page, 'WRONG-CODE');
    await expect(page).toHaveURL(/\/setup$/);
    await expect(page.getByLabel('Organisation')).toHaveValue(ORGANISATION);
    await expect(page.getByLabel('E-mail')).toHaveValue(OWNER.email);
    await expect(page.getByLabel('Set-up code')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Password')).toHaveValue('');
  });
});
