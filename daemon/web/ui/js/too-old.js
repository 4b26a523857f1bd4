/* Only browsers without ES modules run this: they are told so, in words. */
(function () {
  'use strict';
  var told = document.createElement('p');
  told.className = 'notice open';
  told.appendChild(document.createTextNode('Trình duyệt này quá cũ, không xem được hình. ' +
    'Dùng Chrome, Firefox, Edge hoặc Safari bản mới. ' +
    '(This browser is too old. Use a newer Chrome, Firefox, Edge or Safari.)'));
  document.body.appendChild(told);
})();
