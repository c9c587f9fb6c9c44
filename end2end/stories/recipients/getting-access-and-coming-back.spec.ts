import { expect, test } from '../../world/test';
import { linkIn } from '../../world/mail';
import { givenCollection, givenToken } from '../../world/given';
import { redeem, unique } from '../../world/pages';

let link = '';
let collection = '';

test.beforeEach(async ({ admin }) => {
  collection = unique('House rules');
  await givenCollection(admin, collection);
  ({ link } = await givenToken(admin, { name: unique('Everybody'), collection }));
});

test('a link shows who gives access to what; pressing the button gives it', async ({ visitor }) => {
  await visitor.goto(link);
  await expect(visitor.getByText('Kōwhai Training').first()).toBeVisible();
  await expect(visitor.getByText(collection).first()).toBeVisible();
  expect(visitor.url(), 'the code has left the address').not.toContain(link.split('/t/')[1]);

  await redeem(visitor, link, { name: 'Mere Kahu', email: `${unique('mere').replace(' ', '.')}@example.org` });
  await expect(visitor).toHaveURL(/\/my\/[0-9a-f-]+/);
  await expect(visitor.getByText('Read this first')).toBeVisible();
  await visitor.goto('/my');
  await expect(visitor.getByText(collection)).toBeVisible();
});

test('a code is typed by hand, as people type', async ({ visitor }) => {
  const code = link.split('/t/')[1];
  await visitor.goto('/t');
  await visitor.getByLabel('Code').fill(code.toLowerCase().replaceAll('-', ' '));
  await visitor.getByRole('button', { name: 'Continue' }).click();
  await expect(visitor.getByText(collection).first()).toBeVisible();
  await expect(visitor.getByRole('button', { name: 'Get access' })).toBeVisible();
});

test('a wrong address is said at its field, and the name stays', async ({ visitor }) => {
  await visitor.goto(link);
  // The browser's own check would speak first.
  await visitor.locator('form').first().evaluate((form) => form.setAttribute('novalidate', '')).catch(() => {});
  await visitor.getByLabel(/name/i).fill('Mere Kahu');
  await visitor.getByLabel('E-mail').fill('mere@example');
  await visitor.getByRole('button', { name: 'Get access' }).click();
  await expect(visitor.getByLabel('E-mail')).toHaveAttribute('aria-invalid', 'true');
  await expect(visitor.getByLabel(/name/i)).toHaveValue('Mere Kahu');
});

test('a link to the mailbox leads back, once, after a press of a button', async ({ visitor, another, world }) => {
  const email = `${unique('mere').replace(' ', '.')}@example.org`;
  await redeem(visitor, link, { name: 'Mere Kahu', email });
  await expect(visitor).toHaveURL(/\/my\//);

  const elsewhere = await another();
  await elsewhere.goto('/my/sign-in');
  await elsewhere.getByLabel('E-mail').fill(email);
  await elsewhere.getByRole('button').filter({ hasText: /link/i }).click();
  const mails = await world.server.mail.to(email);
  await world.server.mail.arrived(email, mails.length || 1);
  const back = await latestLink(world.server.mail, email);
  await elsewhere.goto(back);
  await elsewhere.getByRole('button', { name: /Sign in|Continue|Open/ }).first().click();
  await expect(elsewhere).toHaveURL(/\/my$/);
  await expect(elsewhere.getByText(collection)).toBeVisible();

  const thief = await another();
  await thief.goto(back);
  const button = thief.getByRole('button', { name: /Sign in|Continue|Open/ });
  if (await button.count()) await button.first().click();
  await expect(thief.getByText(collection)).toHaveCount(0);
});

test('a code that does not exist and one that cannot exist look the same', async ({ visitor }) => {
  const said = [];
  for (const code of ['0000-0000-0000-0000-0000', 'nonsense', '7F3K-9QWM-X2TA-PD6H-B4NV']) {
    const answer = await visitor.goto(`/t/${code}`);
    expect(answer?.status()).toBe(404);
    said.push(await visitor.locator('main').innerText());
  }
  expect(new Set(said).size).toBe(1);
});

async function latestLink(mail: import('../../world/mail').MailFolder, email: string): Promise<string> {
  let found = '';
  await expect
    .poll(async () => {
      for (const one of await mail.to(email)) {
        try {
          found = linkIn(one, '/my/sign-in/');
        } catch {
          // Another mail to the same person.
        }
      }
      return found;
    })
    .not.toBe('');
  return found;
}
