// Between a desk and a phone a list leaves out columns before its names cannot be read any more.
import { expect, test } from '../../world/test';
import { createToken, open, publishCollection, row, unique } from '../../world/pages';

test('names have room in each list, whatever the window is wide', async ({ admin }) => {
  const collection = unique('Onboarding');
  const editor = await publishCollection(admin, collection);
  const name = unique('Spring');
  await createToken(admin, { name, collection });
  for (const width of [740, 900, 1024, 1120, 1280]) {
    await admin.setViewportSize({ width, height: 800 });
    for (const path of ['/tokens', '/collections', '/people', '/campaigns', '/administrator/page-tokens', '/administrator/tokens', '/administrator/mail', editor]) {
      await open(admin, path);
      const first = await admin.locator('th.primary').first().boundingBox();
      expect(first?.width, `${path} in a window of ${width} pixels`).toBeGreaterThan(100);
      const beyond = await admin.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(beyond, `${path} in a window of ${width} pixels`).toBe(0);
    }
    // The editor was the last: what stands under a head belongs to it.
    const head = await admin.getByRole('columnheader', { name: 'Name' }).boundingBox();
    const cell = await row(admin, name).getByRole('link', { name }).boundingBox();
    expect(Math.abs((head?.x ?? 0) - (cell?.x ?? 0)), 'a name stands under its head').toBeLessThan(24);
  }
});
