/* Copies the link, and opens the share sheet of the device; both buttons stay hidden where that does not work. */
(function () {
  "use strict";

  var field = document.getElementById("referrals-link");
  var copy = document.getElementById("referrals-copy");
  var share = document.getElementById("referrals-share");

  if (field) { field.addEventListener("focus", function () { field.select(); }); }

  if (field && copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(field.value).then(function () {
        var label = copy.textContent;
        copy.textContent = copy.dataset.done;
        document.getElementById("referrals-copied").textContent = copy.dataset.done;
        window.setTimeout(function () { copy.textContent = label; }, 2000);
      }, function () { field.select(); });
    });
  }

  if (field && share && navigator.share) {
    share.hidden = false;
    share.addEventListener("click", function () {
      navigator.share({text: share.dataset.text, url: field.value}).catch(function () { /* The member changed their mind. */ });
    });
  }
}());
