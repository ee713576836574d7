/* Comforts only: without this script the buttons do the same by drawing the page anew. */
(function () {
  "use strict";

  function addLine(lines) {
    const total = lines.querySelector("input[name$='-TOTAL_FORMS']");
    const most = Number(lines.querySelector("input[name$='-MAX_NUM_FORMS']").value);
    const number = Number(total.value);
    if (number >= most) {
      return;
    }
    const row = lines.querySelector("[data-trial-template]").content.firstElementChild.cloneNode(true);
    row.querySelectorAll("[name], [id], [for], [aria-describedby]").forEach(function (node) {
      ["name", "id", "for", "aria-describedby"].forEach(function (attribute) {
        if (node.hasAttribute(attribute)) {
          node.setAttribute(attribute, node.getAttribute(attribute).replace("__prefix__", number));
        }
      });
    });
    lines.querySelector("[data-trial-rows]").append(row);
    total.value = number + 1;
    row.querySelector("input").focus();
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-trial-add]");
    if (button) {
      event.preventDefault();
      addLine(button.closest("[data-trial-lines]"));
    }
  });

  document.addEventListener("submit", function (event) {
    const button = event.target.querySelector("[data-trial-busy]");
    if (button) {
      button.textContent = button.dataset.trialBusy;
      button.disabled = true;
    }
  });

  document.addEventListener("DOMContentLoaded", function () {
    const outcome = document.getElementById("outcome");
    if (outcome) {
      outcome.scrollIntoView({ block: "start" });
    }
  });
})();
