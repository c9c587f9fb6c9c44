import { expect, OWNER, signIn, test } from '../../world/test';

test('a page of the admins asks to sign in first, and is there afterwards', async ({ visitor }) => {
  await visitor.goto('/collections');
  await expect(visitor).toHaveURL(/\/sign-in/);
  await signIn(visitor);
  await expect(visitor).toHaveURL(/\/collections$/);
});

test('a wrong password is told as such, and the address stays', async ({ visitor }) => {
  await visitor.goto('/sign-in');
  await signIn(visitor, OWNER.email, 'not the password');
  await expect(visitor).toHaveURL(/\/sign-in/);
  await expect(visitor.getByLabel('E-mail')).toHaveValue(OWNER.email);
  await expect(visitor.getByLabel('Password')).toHaveValue('');
  const said = await visitor.getByRole('alert').first().innerText();

  // Who is no user at all hears the same.
  await signIn(visitor, 'nobody@kowhai.test', 'not the password');
  await expect(visitor.getByRole('alert').first()).toHaveText(said, { useInnerText: true });
});

test('after signing out, the session opens nothing', async ({ visitor, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, 'the account menu belongs to the admin pages, which need scripts');
  await visitor.goto('/sign-in?next=/tokens');
  await signIn(visitor);
  await expect(visitor).toHaveURL(/\/tokens$/);
  const before = await visitor.context().cookies();
  await visitor.getByRole('button', { name: /account|Ada Quill/i }).first().click();
  await visitor.getByRole('button', { name: 'Sign out' }).click();
  await expect(visitor).toHaveURL(/\/sign-in/);
  await visitor.context().addCookies(before);
  await visitor.goto('/tokens');
  await expect(visitor).toHaveURL(/\/sign-in/);
});
