// [data-upload]: a chosen file goes up at once; the form then only carries its id.
import { escaped, icon, token, words } from "./page.js";
import { toast } from "./toast.js";
import { changed } from "./visible.js";

/** "4.2 MB", as people write it. */
function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function iconOf(name) {
  if (/\.pdf$/i.test(name)) return "file-type-pdf";
  return /\.(png|jpe?g|heic|webp)$/i.test(name) ? "photo" : "file-text";
}

/** Sends one file; `progress` gets a share between 0 and 1. */
function send(url, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrf_token", token());
    body.append("file", file);
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) progress(event.loaded / event.total); });
    request.addEventListener("load", () => {
      if (request.status < 300 && request.response?.id) resolve(request.response);
      else reject(new Error(request.response?.error || words("upload_failed")));
    });
    request.addEventListener("error", () => reject(new Error(words("upload_failed"))));
    request.send(body);
  });
}

export function upload(field) {
  if (field.dataset.ready || !field.dataset.url) return;
  field.dataset.ready = "yes";
  const list = field.querySelector("[data-files], .cf-file-list");
  const input = field.querySelector('input[type="file"]');
  const drop = field.querySelector("[data-drop], .cf-drop");
  if (!list || !input) return;
  const most = Number(field.dataset.limit) || Infinity;
  const heaviest = (Number(field.dataset.megabytes) || 20) * 1024 * 1024;
  input.removeAttribute("name");

  const row = (name) => {
    const item = document.createElement("li");
    item.className = "cf-file";
    item.dataset.file = "";
    item.innerHTML = `${icon(iconOf(name))}<span class="cf-file__name">${escaped(name)}<span class="cf-file__note" role="status"></span></span><span class="cf-file__actions"></span>`;
    list.append(item);
    return item;
  };
  const say = (item, text) => { item.querySelector(".cf-file__note").textContent = text; };
  const removable = (item, name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cf-text-button cf-text-button--danger";
    button.dataset.removeFile = "";
    button.setAttribute("aria-label", words("remove_file", { name }));
    button.textContent = words("remove");
    item.querySelector(".cf-file__actions").append(button);
  };
  const fail = (item, name, text) => {
    item.classList.add("cf-file--failed");
    item.querySelector("progress")?.remove();
    say(item, text);
    removable(item, name);
  };

  async function take(file) {
    const item = row(file.name);
    if (list.querySelectorAll('input[type="hidden"]').length >= most) return fail(item, file.name, words("too_many", { limit: most }));
    if (file.size > heaviest) return fail(item, file.name, words("too_large", { name: file.name, size: size(file.size), limit: size(heaviest).replace(".0", "") }));
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    item.append(bar);
    try {
      const stored = await send(field.dataset.url, file, (share) => {
        bar.value = share;
        say(item, words("uploading", { percent: `${Math.round(share * 100)}%` }));
      });
      bar.remove();
      say(item, size(stored.size ?? file.size));
      const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: field.dataset.name, value: stored.id });
      item.append(hidden);
      if (stored.url) item.querySelector(".cf-file__actions").innerHTML = `<a href="${escaped(stored.url)}">${escaped(words("preview"))}</a>`;
      removable(item, file.name);
      changed(field);
    } catch (error) {
      fail(item, file.name, error.message);
    }
    return undefined;
  }
  const takeAll = async (files) => { for (const file of files) await take(file); };

  input.addEventListener("change", (event) => {
    event.stopPropagation();
    const files = [...input.files];
    input.value = "";
    takeAll(files);
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove-file]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("[data-file]");
    const next = item.nextSibling;
    item.remove();
    input.focus();
    if (item.classList.contains("cf-file--failed")) return;
    changed(field);
    const name = item.querySelector(".cf-file__name").firstChild.textContent.trim();
    toast(words("file_removed", { name }), () => {
      list.insertBefore(item, next && next.parentNode === list ? next : null);
      changed(field);
    });
  });
  if (!drop) return;
  const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("cf-drop--over", on); };
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => { over(false)(event); takeAll([...event.dataTransfer.files]); });
}
