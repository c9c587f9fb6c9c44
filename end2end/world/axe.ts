// Accessibility, as far as a program can judge it: in light and in dark. Pages are rendered alike on both engines, so they are
// judged on SQLite.
import AxeBuilder from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

/** Whether screens are judged in this run. */
export const JUDGES_SCREENS = process.env.E2E_DATABASE !== 'postgres';

export async function findsNothing(page: Page, screen: string): Promise<void> {
  if (!JUDGES_SCREENS) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page })
      // What frames say is put together on a page of its own; without frames that is only slower.
      .setLegacyMode(page.frames().length === 1)
      .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
      .analyze();
    const told = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary}`),
    );
    expect.soft(told, `${screen}, ${colorScheme}`).toEqual([]);
  }
}
