/*
 * The site's front door: asks who is looking and goes to the page of the role.
 */
import { roleOf } from './role.js';
import { awayPage, begin, refusedPage } from './start.js';

const root = document.getElementById('app');

begin(() => awayPage(root), () => refusedPage(root))
  .then((site) => location.replace(roleOf(site)));
