/*
 * The entrance: takes the link token that stands behind # and goes to the role's page. The
 * token leaves the address at once, so that no history keeps it.
 */
import { api } from './api.js';
import { el, icon } from './dom.js';
import { roleOf } from './role.js';
import { awayPage, begin, onePage, pause, refusedPage } from './start.js';
import { chooseLanguage, say } from './words.js';

const RETRY_MS = 3000;
const root = document.getElementById('app');

function badLink() {
  onePage(root, { icon: 'lock', head: say('linkBad'), lines: [say('linkBadWhy')] });
}

function otherProblem(error) {
  onePage(root, { icon: 'lock', head: say('cannotEnter'), lines: [error.message],
    button: el('button', { class: 'btn wide', type: 'button',
      on: { click: () => location.reload() } }, icon('again'), say('tryAgain')) });
}

async function enter() {
  const token = decodeURIComponent(location.hash.slice(1));
  chooseLanguage('vi');
  history.replaceState(null, '', '/enter');
  for (; token;) {
    try {
      await api.enter(token);
      break;
    } catch (error) {
      if (error.status === 401 || error.status === 404) {
        badLink();
        return;
      }
      if (error.status !== 0) {
        otherProblem(error);
        return;
      }
      awayPage(root);
      await pause(RETRY_MS);
    }
  }
  const site = await begin(() => awayPage(root), () => refusedPage(root));
  location.replace(roleOf(site));
}

enter();
