// Runs a process's tests one after the other, with a progress bar; then shows the new coverage.
// Without a script the same button is a link to a page on which all of them were run.
const button = document.querySelector("[data-run-all]");
const progress = document.querySelector("[data-run-progress]");

function show(done, all, passed) {
  const words = progress.querySelector("[data-run-words]");
  progress.hidden = false;
  Object.assign(progress.querySelector("progress"), { max: all, value: done });
  words.textContent = words.dataset.said.replace("{done}", done).replace("{all}", all).replace("{passed}", passed);
}

async function run() {
  const rows = [...document.querySelectorAll("[data-test]")];
  let done = 0;
  let passed = 0;
  show(done, rows.length, passed);
  for (const row of rows) {
    const answer = await fetch(row.dataset.test, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`the test answered ${answer.status}`);
    const result = await answer.json();
    row.querySelector("[data-test-result]").innerHTML = result.html;
    done += 1;
    passed += result.passed ? 1 : 0;
    show(done, rows.length, passed);
  }
}

button?.addEventListener("click", async (event) => {
  event.preventDefault();
  button.setAttribute("aria-busy", "true");
  try {
    await run();
  } catch (error) {
    console.warn(error);
  }
  location.assign(button.href); // the results are known by now: this draws the coverage
});
