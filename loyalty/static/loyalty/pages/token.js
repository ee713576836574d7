/* The code at the till: counts its seconds down and fetches the next one shortly before it expires. */
(function () {
  "use strict";

  var end = 0; // by the page's own clock: that of the device may be wrong
  var waiting = false;

  function place() { return document.getElementById("loyalty-token"); }

  function start() {
    var root = place();
    if (root) { end = performance.now() + 1000 * (parseInt(root.dataset.seconds, 10) || 0); }
  }

  function renew() {
    waiting = true;
    fetch(window.location.href, {credentials: "same-origin"})
      .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(answer.status); })
      .then(function (html) {
        var next = new DOMParser().parseFromString(html, "text/html").getElementById("loyalty-token");
        if (next) { place().replaceWith(document.importNode(next, true)); start(); }
      })
      .catch(function () { /* The link below the code still works. */ })
      .then(function () { waiting = false; });
  }

  function tick() {
    var root = place();
    if (!root || document.hidden) { return; }
    var left = Math.round((end - performance.now()) / 1000);
    var clock = root.querySelector("[data-clock]");
    clock.textContent = left > 0 ? clock.dataset.clock.replace("%s", String(left)) : clock.dataset.stale;
    if (left <= 5 && !waiting) { renew(); }
  }

  start();
  window.setInterval(tick, 1000);
}());
