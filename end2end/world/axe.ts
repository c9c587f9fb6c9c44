// Accessibility, as far as a program can judge it: in light and in dark. Pages are rendered alike on both engines, so they are
// judged on SQLite.
import AxeBuilder from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/** The rules of these standards that look at colours: the others find in the dark what they found in the light. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Whether screens are judged in this run. */
export const JUDGES_SCREENS = process.env.E2E_DATABASE !== 'postgres';

export async function findsNothing(page: Page, screen: string): Promise<void> {
  if (!JUDGES_SCREENS) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const axe = new AxeBuilder({ page })
      // What frames say is put together on a page of its own; without frames that is only slower.
      .setLegacyMode(page.frames().length === 1);
    const { violations } = await (colorScheme === 'light' ? axe.withTags(STANDARDS) : axe.withRules(OF_COLOURS)).analyze();
    const told = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary}`),
    );
    expect.soft(told, `${screen}, ${colorScheme}`).toEqual([]);
  }
}
