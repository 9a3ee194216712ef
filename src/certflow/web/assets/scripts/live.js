// [data-live="on"]: work goes on behind this part of the page; it is read again until it is done.
const EVERY = 1500;

export function live(part) {
  let number = [...document.querySelectorAll("[data-live]")].indexOf(part);
  const again = async () => {
    if (part.dataset.live !== "on") return;
    if (!document.hidden) await refresh();
    setTimeout(again, EVERY);
  };
  const refresh = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return;
    if (answer.redirected) return location.replace(answer.url); // there is nothing to wait for any more
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelectorAll("[data-live]")[number];
    if (!fresh || part.contains(document.activeElement)) return;
    part.innerHTML = fresh.innerHTML;
    part.dataset.live = fresh.dataset.live;
    if (part.dataset.live !== "on") location.reload();
  };
  setTimeout(again, EVERY);
}
