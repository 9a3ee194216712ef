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

/** One line of the list: a file that is going up, that is there, or that was refused. */
function row(list, name) {
  const item = document.createElement("li");
  item.className = "cf-file";
  item.dataset.file = "";
  const note = '<span class="cf-file__note" role="status"></span>';
  item.innerHTML = `${icon(iconOf(name))}<span class="cf-file__name">${escaped(name)}${note}</span><span class="cf-file__actions"></span>`;
  list.append(item);
  return item;
}

function say(item, text) {
  item.querySelector(".cf-file__note").textContent = text;
}

function removable(item, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cf-text-button cf-text-button--danger";
  button.dataset.removeFile = "";
  button.setAttribute("aria-label", words("remove_file", { name }));
  button.textContent = words("remove");
  item.querySelector(".cf-file__actions").append(button);
}

function refuse(item, name, text) {
  item.classList.add("cf-file--failed");
  item.querySelector("progress")?.remove();
  say(item, text);
  removable(item, name);
}

/** The file is stored: its id joins the form. */
function keep(item, file, stored, name) {
  item.querySelector("progress").remove();
  say(item, size(stored.size ?? file.size));
  item.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: stored.id }));
  if (stored.url) {
    item.querySelector(".cf-file__actions").innerHTML = `<a href="${escaped(stored.url)}">${escaped(words("preview"))}</a>`;
  }
  removable(item, file.name);
}

/** Why a file need not even be sent; empty when it may. */
function objection(field, list, file) {
  const most = Number(field.dataset.limit) || Infinity;
  const heaviest = (Number(field.dataset.megabytes) || 20) * 1024 * 1024;
  if (list.querySelectorAll('input[type="hidden"]').length >= most) return words("too_many", { limit: most });
  if (file.size <= heaviest) return "";
  return words("too_large", { name: file.name, size: size(file.size), limit: size(heaviest).replace(".0", "") });
}

async function take(field, list, file) {
  const item = row(list, file.name);
  const why = objection(field, list, file);
  if (why) {
    refuse(item, file.name, why);
    return;
  }
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", file.name);
  item.append(bar);
  try {
    const stored = await send(field.dataset.url, file, (share) => {
      bar.value = share;
      say(item, words("uploading", { percent: `${Math.round(share * 100)}%` }));
    });
    keep(item, file, stored, field.dataset.name);
    changed(field);
  } catch (error) {
    refuse(item, file.name, error.message);
  }
}

/** Takes a file out of the form, with a way back (the stored file itself stays). */
function remove(field, list, item) {
  const next = item.nextSibling;
  item.remove();
  field.querySelector('input[type="file"]').focus();
  if (item.classList.contains("cf-file--failed")) return;
  changed(field);
  const name = item.querySelector(".cf-file__name").firstChild.textContent.trim();
  toast(words("file_removed", { name }), () => {
    list.insertBefore(item, next && next.parentNode === list ? next : null);
    changed(field);
  });
}

function dropping(drop, takeAll) {
  const over = (on) => (event) => {
    event.preventDefault();
    drop.classList.toggle("cf-drop--over", on);
  };
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => {
    over(false)(event);
    takeAll([...event.dataTransfer.files]);
  });
}

export function upload(field) {
  const list = field.querySelector("[data-files]");
  const input = field.querySelector('input[type="file"]');
  if (field.dataset.ready || !field.dataset.url || !list || !input) return;
  field.dataset.ready = "yes";
  input.removeAttribute("name"); // or the form would carry the files once more
  const takeAll = async (files) => {
    for (const file of files) await take(field, list, file);
  };
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
    remove(field, list, button.closest("[data-file]"));
  });
  const drop = field.querySelector("[data-drop]");
  if (drop) dropping(drop, takeAll);
}
