/* Before the first picture of the page: light or dark, as the device says. */
(function () {
  'use strict';
  var dark = matchMedia('(prefers-color-scheme: dark)');
  function apply() {
    document.documentElement.setAttribute('data-theme', dark.matches ? 'dark' : 'light');
  }
  apply();
  dark.addListener(apply);
})();
